/* SPDX-License-Identifier: Apache-2.0 */
/* Every ceiling on a quantity that comes from outside: name, number, one sentence why. */
#pragma once

/* Documents. Sizes in bytes. */
#define DW_DOC_MAX (1024u * 1024) /* one metadata document; clouds send some 10 KiB */
#define DW_USERDATA_MAX \
	(16u * 1024 * 1024) /* user-data after gunzip; clouds cap at 64 KiB raw */
#define DW_PAYLOAD_MAX	 (24u * 1024 * 1024) /* all documents of one fetch together */
#define DW_PAYLOAD_BLOBS 256 /* documents of one fetch; EC2 with fifty keys needs 56 */
#define DW_DEPTH_MAX	 32  /* nesting of JSON, XML and YAML; real ones need 8 */
#define DW_NODES_MAX                                                       \
	20000 /* nodes of one document: bounds the work, not only the size \
	       */
#define DW_GZIP_RATIO_MAX 100 /* output per input byte once past 64 KiB of output */
#define DW_MIME_PARTS	  64  /* parts of a multipart user-data */
#define DW_MIME_DEPTH	  4   /* multipart within multipart */

/* Keys. */
#define DW_KEY_VALUE_MAX \
	(64u * 1024) /* one metadata value: a certificate bundle still fits */
#define DW_KEY_LINE_MAX \
	8192 /* one authorized_keys line that we write; sshd's documented limit */
#define DW_KEY_BLOB_MAX	   8192	 /* decoded public key: RSA-16384 needs 2,067 */
#define DW_KEY_COMMENT_MAX 256	 /* comment bytes kept */
#define DW_KEYS_MAX	   20000 /* keys of one user: twice what the benchmark asks */
#define DW_KEYFILE_MAX \
	(16u * 1024 * 1024) /* an authorized_keys file that we still read and merge */

/* Record and people. */
#define DW_RECORD_MAX \
	(32u * 1024 * \
	 1024) /* the canonical record on the pipe: 20,000 keys of 1 KiB and room */
#define DW_RECORD_LINE_MAX 16384 /* one line of it */
#define DW_USERS_MAX	   4096 /* users of one record; four times the benchmark's thousand */
#define DW_KEPT_FILES	   4	/* documents of the platform kept beside the record */
#define DW_GROUPS_MAX	   64	/* groups asked for one user */
#define DW_REFUSED_MAX	   1024 /* refusals told one by one; the rest are counted */
#define DW_NAME_MAX	   32	/* login and group names: useradd's own limit */
#define DW_HOSTNAME_MAX	   253	/* RFC 1123 */
#define DW_LABEL_MAX	   63	/* one label of it; also Linux' HOST_NAME_MAX less one */
#define DW_INSTANCE_ID_MAX 256	/* longest seen: an ARM resource id of 180 */
#define DW_WORD_MAX	   1024 /* any other single word or line of metadata */

/* Local files. */
#define DW_DMI_MAX     4096  /* one sysfs file is one page */
#define DW_CMDLINE_MAX 16384 /* COMMAND_LINE_SIZE is 2,048 on x86, 4,096 on others */
#define DW_PASSWD_MAX \
	(64u * 1024 * 1024)		 /* /etc/passwd of a machine with 500,000 users */
#define DW_HOSTKEY_FILE_MAX (64u * 1024) /* RSA-16384 in PEM needs 13 KiB */
#define DW_CONFIG_MAX	    (1024u * 1024) /* our own YAML configuration, one file */
#define DW_CONFIG_FILES	    64		   /* drop-ins per directory */
#define DW_BLOCK_DEVICES    64 /* block devices looked at for a labelled medium */

/* Time, in milliseconds. */
#define DW_HTTP_CONNECT_MS  1000  /* one connect: link-local answers in single digits */
#define DW_HTTP_EXCHANGE_MS 10000 /* one whole request and answer */
#define DW_HTTP_SLOW_MS	    2000  /* slower than 100 B/s for this long is given up */
#define DW_RETRY_AFTER_MAX_MS \
	300000			/* a server's Retry-After beyond this is not believed */
#define DW_BACKOFF_CAP_MS 30000 /* longest pause between two tries */
#define DW_PROBE_MS	  5000 /* looking at all block devices; a bad disc can stall a read */
#define DW_FOREGROUND_MS  10000 /* how long boot may be held by us, whatever happens */
#define DW_TOOL_MS	  30000 /* one run of useradd, visudo or systemctl */
#define DW_WORKER_MS                                                                  \
	20000		 /* the child that works in a user's home (dead NFS, SIGSTOP) \
			  */
#define DW_LOCK_MS 30000 /* waiting for another doorward to finish */

/* HTTP. */
#define DW_HTTP_HEADERS	     200	  /* header lines of one answer */
#define DW_HTTP_HEADER_BYTES (64u * 1024) /* all of them together */
#define DW_HTTP_REDIRECTS    3 /* for a URL the user configured; none for metadata */
