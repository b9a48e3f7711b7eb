/* SPDX-License-Identifier: Apache-2.0 */
/* doorward-fetch: opens what needs root, locks itself in, and only then reads what
 * strangers wrote. */
#include <errno.h>
#include <fcntl.h>
#include <signal.h>
#include <stdio.h>
#include <string.h>
#include <sys/resource.h>
#include <sys/stat.h>
#include <sys/syscall.h>
#include <unistd.h>

#include "base/clock.h"
#include "base/fd.h"
#include "base/limits.h"
#include "base/log.h"
#include "base/mem.h"
#include "base/sandbox.h"
#include "datasources/detect.h"
#include "model/record.h"
#include "model/validate.h"
#include "reach/ask.h"
#include "reach/facts_read.h"

/*
 * The order is the promise, and tests/root/walls.sh watches it from outside:
 *
 *   1. descriptors above 2 closed, umask, limits        begin()
 *   2. everything that needs root is opened             open_all()
 *      (children without rights look at block devices and at what names a seed directory)
 *   3. the walls                                        lock()
 *   4. facts, detection, documents, parsing, record     fetch()
 */

#if defined(__SANITIZE_ADDRESS__)
#define MEMORY_MAX RLIM_INFINITY /* its shadow alone is 20 TiB */
#elif defined(__has_feature)
#if __has_feature(address_sanitizer)
#define MEMORY_MAX RLIM_INFINITY
#endif
#endif
#ifndef MEMORY_MAX
#define MEMORY_MAX \
	(512u << 20) /* address space: largest documents, their trees, libcurl */
#endif

#define ROWS_MAX     32
#define MIN_RSA_BITS 2048

struct options {
	const char *root, *stage, *datasource, *seed;
	const char *metadata_url, *wireserver_url, *default_user;
	const char *min_rsa_bits_text, *deadline_text;
	bool may_have_key_options, may_use_plain_http, is_detect_only, is_verbose,
		is_help;
	bool is_local;
	unsigned min_rsa_bits;
	uint64_t deadline_ms;
};

/* What one row may read from once it is chosen. */
struct source {
	const struct datasource *row;
	struct media *media;
	struct dw_err why_not; /* a medium is there and could not be opened; DW_OK:
				  nothing to say */
};

/* All that was opened with rights. */
struct opened {
	struct facts_files *files;
	struct facts facts; /* only media, until the walls are up */
	const char *seed_kind;
	struct dw_err blind; /* block devices could not be looked at; DW_OK: they could */
	struct source sources[ROWS_MAX];
	size_t sources_count;
};

static void opened_done(struct opened *o)
{
	for (size_t i = 0; i < o->sources_count; i++)
		media_free(o->sources[i].media);
	facts_files_free(o->files);
	facts_done(&o->facts);
}

/* --- options
 * -------------------------------------------------------------------------------- */

static const char usage[] =
	"usage: doorward-fetch [--root DIR] [--stage local|any] [--datasource NAME] [--seed DIR]\n"
	"                      [--metadata-url URL] [--wireserver-url URL] [--default-user NAME]\n"
	"                      [--allow-key-options] [--allow-plain-http] [--min-rsa-bits N]\n"
	"                      [--deadline-ms N] [--detect-only] [--verbose]\n"
	"Started by doorward, which reads the record from its standard output.\n";

static int take_option(struct options *o, char **argv, size_t *at, struct dw_err *err)
{
	const struct {
		const char *name;
		const char **value;
		bool *flag;
	} known[] = {
		{ "--root", &o->root, NULL },
		{ "--stage", &o->stage, NULL },
		{ "--datasource", &o->datasource, NULL },
		{ "--seed", &o->seed, NULL },
		{ "--metadata-url", &o->metadata_url, NULL },
		{ "--wireserver-url", &o->wireserver_url, NULL },
		{ "--default-user", &o->default_user, NULL },
		{ "--min-rsa-bits", &o->min_rsa_bits_text, NULL },
		{ "--deadline-ms", &o->deadline_text, NULL },
		{ "--allow-key-options", NULL, &o->may_have_key_options },
		{ "--allow-plain-http", NULL, &o->may_use_plain_http },
		{ "--detect-only", NULL, &o->is_detect_only },
		{ "--verbose", NULL, &o->is_verbose },
		{ "--help", NULL, &o->is_help },
	};
	const char *word = argv[(*at)++];

	for (size_t i = 0; i < ARRAY_LEN(known); i++) {
		if (strcmp(word, known[i].name) != 0)
			continue;
		if (known[i].flag != NULL) {
			*known[i].flag = true;
			return 0;
		}
		if (argv[*at] == NULL)
			return dw_fail(err, DW_USAGE, "%s needs a value", word);
		*known[i].value = argv[(*at)++];
		return 0;
	}
	return dw_fail(err, DW_USAGE, "%s is not an option; see --help", word);
}

static int take_number(const char *text, const char *name, uint64_t max, uint64_t *ret,
		       struct dw_err *err)
{
	if (text == NULL || str_to_u64(slice_of(text), max, ret, NULL) == 0)
		return 0;
	return dw_fail(err, DW_USAGE, "%s: %s is not a number that it takes", name, text);
}

static int take_options(struct options *o, char **argv, struct dw_err *err)
{
	uint64_t bits = MIN_RSA_BITS;
	size_t at = 1;
	int r = 0;

	while (r == 0 && argv[at] != NULL)
		r = take_option(o, argv, &at, err);
	if (r == 0)
		r = take_number(o->deadline_text, "--deadline-ms", UINT32_MAX,
				&o->deadline_ms, err);
	if (r == 0)
		r = take_number(o->min_rsa_bits_text, "--min-rsa-bits", UINT16_MAX, &bits,
				err);
	if (r < 0)
		return r;
	o->min_rsa_bits = (unsigned)bits;
	o->is_local = strcmp(o->stage, "local") == 0;
	if (!o->is_local && strcmp(o->stage, "any") != 0)
		return dw_fail(err, DW_USAGE, "--stage is local or any, not %s",
			       o->stage);
	if (o->datasource != NULL && datasource_by_name(o->datasource) == NULL)
		return dw_fail(err, DW_USAGE,
			       "--datasource: there is no platform called %s",
			       o->datasource);
	return 0;
}

/* --- one: begin
 * ------------------------------------------------------------------------------ */

static void set_limit(int resource, rlim_t value)
{
	struct rlimit limit = { value, value };

	(void)setrlimit(
		resource,
		&limit); /* one more net below the walls; they do not hang on it */
}

static bool is_file(int fd)
{
	struct stat st;

	return fstat(fd, &st) == 0 && S_ISREG(st.st_mode);
}

static void begin(void)
{
	/* Kernels before 5.9 have no such call: then our starter's own care must do. */
	(void)syscall(SYS_close_range, 3, ~0u, 0);
	umask(077);
	(void)signal(SIGPIPE,
		     SIG_IGN); /* a starter that is gone is an error of write() */
	set_limit(RLIMIT_CORE, 0);
	if (MEMORY_MAX != RLIM_INFINITY)
		set_limit(RLIMIT_AS, MEMORY_MAX);
	/* Into pipes; only a test's or a person's redirection may grow. */
	set_limit(RLIMIT_FSIZE, is_file(1) || is_file(2) ? DW_RECORD_MAX : 0);
}

/* --- two: open
 * ------------------------------------------------------------------------------- */

/* In the child without rights: "INDEX PATH\n" for each row whose seed the facts name. */
static int name_seeds(void *arg, struct dw_buf *ret, struct dw_err *err)
{
	struct facts_files *files = arg;
	cleanup_facts struct facts facts;
	int r;

	facts_init(&facts);
	r = facts_load(files, &facts, err);
	for (size_t i = 0; r == 0 && datasources[i] != NULL; i++) {
		cleanup_free char *path = NULL;
		struct dw_err why;

		/* A row that cannot make sense of its facts says so again in fetch(). */
		if (datasources[i]->seed_path == NULL ||
		    datasources[i]->seed_path(&facts, &path, &why) < 0 || path == NULL)
			continue;
		r = buf_printf(ret, err, "%zu %s\n", i, path);
	}
	return r;
}

static bool is_asked_for(const struct options *o, const struct datasource *row)
{
	return o->datasource == NULL || strcmp(o->datasource, row->name) == 0;
}

/* One named directory; a missing one is for fetch() to tell. */
static int open_named_seed(int root_fd, struct slice line, struct opened *o,
			   struct dw_err *err)
{
	cleanup_free char *path = NULL;
	cleanup_fd int dir = -1;
	struct slice index;
	struct media *media = NULL;
	uint64_t at;
	int r;

	if (!slice_next_word(&line, &index) ||
	    str_to_u64(index, ROWS_MAX - 1, &at, NULL) < 0 || at >= o->sources_count ||
	    o->sources[at].row->media == NULL ||
	    text_copy(slice_trim(line), TEXT_LINE, DW_WORD_MAX, &path, NULL) < 0)
		return 0;
	if (fd_open_at(root_fd, path, O_PATH | O_DIRECTORY, &dir, NULL) < 0)
		return 0;
	r = media_open_dir(dir, o->sources[at].row->media, path, &media, err);
	if (r < 0)
		return r;
	media_free(o->sources[at].media);
	o->sources[at].media = media;
	o->sources[at].why_not.code = DW_OK;
	return 0;
}

static int open_named_seeds(int root_fd, struct opened *o, struct dw_err *err)
{
	cleanup_buf struct dw_buf answer = BUF_INIT(ROWS_MAX * DW_WORD_MAX);
	struct slice rest, line;
	int r;

	if (!facts_may_name_seed(o->files))
		return 0;
	r = ask(name_seeds, o->files, deadline_after(DW_PROBE_MS), &answer, err);
	if (r < 0)
		return r;
	rest = slice_of_buf(&answer);
	while (slice_next_line(&rest, &line)) {
		r = open_named_seed(root_fd, line, o, err);
		if (r < 0)
			return r;
	}
	return 0;
}

/* /var/lib/cloud/seed/NAME for the row's name and its aliases. */
static int open_seed(int root_fd, struct source *s, struct dw_err *err)
{
	static const char *const none[] = { NULL };
	const char *const *alias = s->row->aliases != NULL ? s->row->aliases : none;
	const char *name = s->row->name;
	char origin[128];

	for (; name != NULL; name = *alias++) {
		cleanup_fd int dir = -1;

		if (facts_open_seed(root_fd, name, &dir, NULL) < 0)
			continue;
		(void)snprintf(origin, sizeof(origin), "seed directory %s", name);
		return media_open_dir(dir, s->row->media, origin, &s->media, err);
	}
	return 0;
}

static int open_source(int root_fd, const struct options *o, int seed_fd,
		       const struct facts *facts, struct source *s, struct dw_err *err)
{
	int r;

	if (s->row->media == NULL || !is_asked_for(o, s->row))
		return 0;
	if (seed_fd >= 0)
		return media_open_dir(seed_fd, s->row->media, o->seed, &s->media, err);
	r = open_seed(root_fd, s, err);
	if (r < 0 || s->media != NULL)
		return r;
	if (media_open(root_fd, facts, s->row->media, &s->media, &s->why_not) < 0 &&
	    s->why_not.code != DW_ABSENT)
		log_debug("%s", s->why_not.message);
	if (s->media != NULL || s->why_not.code == DW_ABSENT)
		s->why_not.code = DW_OK;
	return 0;
}

static int open_all(const struct options *o, struct opened *ret, struct dw_err *err)
{
	cleanup_fd int root = -1, seed = -1;
	bool is_machine = o->root == NULL || strcmp(o->root, "/") == 0;
	int r;

	r = fd_open_root(o->root != NULL ? o->root : "/", &root, err);
	if (r == 0 && o->seed != NULL)
		r = fd_open_root(o->seed, &seed, err);
	if (r == 0)
		r = facts_open(root, &ret->files, err);
	if (r < 0)
		return r;
	if (seed >= 0)
		ret->seed_kind = facts_seed_kind(seed);
	/* --root and --seed stand for the media: those of the machine they run on are not
	 * theirs. */
	if (is_machine && seed < 0 && media_probe(root, &ret->facts, &ret->blind) < 0)
		log_debug("%s", ret->blind.message); /* one stuck disk is not the end */
	for (size_t i = 0; i < ROWS_MAX && datasources[i] != NULL; i++) {
		struct source *s = &ret->sources[ret->sources_count++];

		s->row = datasources[i];
		r = open_source(root, o, seed, &ret->facts, s, err);
		if (r < 0)
			return r;
	}
	return seed >= 0 ? 0 : open_named_seeds(root, ret, err);
}

/* --- three: lock
 * ----------------------------------------------------------------------------- */

static int lock(bool is_local, struct walls *ret, struct dw_err *err)
{
	struct sandbox_result got;
	int r;

	/* Not earlier: as a plain user the children of step two would count. */
	if (is_local)
		set_limit(RLIMIT_NPROC, 0);
	r = sandbox_enter(is_local ? SANDBOX_PURE : SANDBOX_NETWORK, DW_FETCH_USER, &got,
			  err);
	if (r < 0)
		return r;
	*ret = (struct walls){ .uid = got.uid,
			       .landlock = got.landlock,
			       .seccomp = got.seccomp };
	return 0;
}

/* --- four: fetch
 * ----------------------------------------------------------------------------- */

static int choose_row(const struct options *o, const struct facts *facts,
		      struct detection *ret, struct dw_err *err)
{
	if (o->datasource == NULL)
		return detect_platform(facts, ret, err);
	ret->row = datasource_by_name(o->datasource);
	(void)snprintf(ret->why, sizeof(ret->why), "named by --datasource");
	return 0;
}

static int load_facts(const struct options *o, struct opened *opened, struct dw_err *err)
{
	int r = facts_load(opened->files, &opened->facts, err);

	if (r < 0 || o->seed == NULL)
		return r;
	/* --seed takes the place of what the root has lying about. */
	string_list_done(&opened->facts.seed_dirs);
	opened->facts.seed_dirs = (struct string_list){ .state = FIELD_UNSET };
	if (opened->seed_kind == NULL)
		return 0;
	return string_list_append(&opened->facts.seed_dirs, slice_of(opened->seed_kind),
				  1, err);
}

/* Unset unless firmware has one: in a container, on machines without DMI. */
static int set_machine_uuid(const struct facts *facts, struct field *ret,
			    struct dw_err *err)
{
	cleanup_free char *uuid = NULL;
	int r = mem_strdup(&uuid, field_text(&facts->dmi[DMI_PRODUCT_UUID]), err);

	if (r < 0)
		return r;
	for (char *p = uuid; *p != '\0'; p++)
		if (*p >= 'A' && *p <= 'Z')
			*p = (char)(*p - 'A' + 'a');
	if (validate_uuid(slice_of(uuid), NULL) < 0)
		return 0;
	return field_set(ret, slice_of(uuid), err);
}

static struct source *find_source(struct opened *opened, const struct datasource *row)
{
	for (size_t i = 0; i < opened->sources_count; i++)
		if (opened->sources[i].row == row)
			return &opened->sources[i];
	return NULL;
}

/* A medium that could not be opened explains a missing seed, and is worth a word if all
 * went well. */
static int tell_medium(const struct source *s, struct instance *ret, struct dw_err *err)
{
	if (s->why_not.code == DW_OK)
		return 0;
	return instance_remark(ret, REMARK_NOTE, "media", s->why_not.message,
			       "a kernel with that file system reads it", err);
}

static int fetch_documents(const struct options *o, const struct ds_context *ctx,
			   struct source *s, struct payload *ret, struct dw_err *err)
{
	cleanup_http struct http *http = NULL;
	int r = s->row->fetch(ctx, s->media, &http, o->is_local, ret, err);

	if (r == -DW_ABSENT && s->why_not.code != DW_OK)
		return dw_err_copy(err, &s->why_not);
	return r;
}

static int fetch_row(const struct options *o, const struct ds_context *ctx,
		     struct source *s, struct instance *ret, struct dw_err *err)
{
	cleanup_payload struct payload payload;
	int r;

	payload_init(&payload);
	r = fetch_documents(o, ctx, s, &payload, err);
	if (r == -DW_NOT_YET && o->is_local) {
		ret->is_partial = true;
		return s->row->identify != NULL ? s->row->identify(ctx->facts, ret, err)
						: 0;
	}
	if (r == 0)
		r = s->row->parse(ctx, &payload, ret, err);
	if (r == 0)
		r = tell_medium(s, ret, err);
	return r;
}

/* Devices that nobody could look at may have had the sign that is missing. */
static int choose_what_is_seen(const struct options *o, const struct opened *opened,
			       struct detection *ret, struct dw_err *err)
{
	struct dw_err why;
	int r = choose_row(o, &opened->facts, ret, &why);

	if (r == -DW_NOT_HERE && opened->blind.code != DW_OK)
		return dw_err_copy(err, &opened->blind);
	return r < 0 ? dw_err_copy(err, &why) : 0;
}

static int tell_blindness(const struct opened *opened, struct instance *ret,
			  struct dw_err *err)
{
	if (opened->blind.code == DW_OK)
		return 0;
	return instance_remark(ret, REMARK_NOTE, "media", opened->blind.message,
			       "the kernel's log names the disk that does not answer",
			       err);
}

static int fetch(const struct options *o, struct opened *opened,
		 const struct walls *walls, struct instance *ret, struct dw_err *err)
{
	struct ds_context ctx = {
		.facts = &opened->facts,
		.metadata_url = o->metadata_url,
		.wireserver_url = o->wireserver_url,
		.default_user = o->default_user,
		.may_have_key_options = o->may_have_key_options,
		.may_use_plain_http = o->may_use_plain_http,
		.min_rsa_bits = o->min_rsa_bits,
		.deadline = deadline_after(o->deadline_ms),
	};
	struct detection found;
	struct source *source;
	int r;

	r = load_facts(o, opened, err);
	if (r == 0)
		r = choose_what_is_seen(o, opened, &found, err);
	if (r != 0)
		return r;
	log_debug("platform %s: %s", found.row->name, found.why);
	source = find_source(opened, found.row);
	if (source == NULL)
		return dw_fail(err, DW_FAILED, "more than %d platforms are built in",
			       ROWS_MAX);
	if (o->is_detect_only)
		ret->is_partial = true;
	else
		r = fetch_row(o, &ctx, source, ret, err);
	if (r == 0)
		r = tell_blindness(opened, ret, err);
	if (r == 0)
		r = field_set(&ret->platform, slice_of(found.row->name), err);
	if (r == 0)
		r = field_set(&ret->detected_by, slice_of(found.why), err);
	if (r == 0)
		r = set_machine_uuid(&opened->facts, &ret->machine_uuid, err);
	if (r < 0)
		return r;
	ret->walls = *walls;
	return validate_instance(ret, err);
}

static int run(const struct options *o, struct dw_buf *record, struct dw_err *err)
{
	cleanup_with(opened_done) struct opened opened = { .sources_count = 0 };
	cleanup_instance struct instance instance;
	struct walls walls = { 0 };
	int r;

	instance_init(&instance);
	facts_init(&opened.facts);
	r = open_all(o, &opened, err);
	if (r == 0)
		r = lock(o->is_local, &walls, err);
	if (r == 0)
		r = fetch(o, &opened, &walls, &instance, err);
	if (r == 0)
		r = record_write(&instance, record, err);
	return r;
}

/* Exactly one record, whatever happened. */
int main(int argc, char **argv)
{
	struct options o = { .stage = "any", .deadline_ms = DW_FOREGROUND_MS };
	cleanup_buf struct dw_buf record = BUF_INIT(DW_RECORD_MAX);
	struct dw_err err = { .code = DW_OK }, told;
	int r;

	(void)argc; /* argv ends with NULL */
	r = take_options(&o, argv, &err);
	log_init(o.is_verbose ? LOG_DEBUG_ : LOG_WARNING_, /* is_journal= */ false);
	if (r == 0 && o.is_help) {
		(void)fputs(usage, stdout);
		return 0;
	}
	begin();
	if (r == 0)
		r = run(&o, &record, &err);
	if (r < 0) {
		log_debug("%s", err.message);
		buf_clear(&record);
		if (err.code == DW_USAGE)
			log_error("%s", err.message); /* a person is trying it by hand */
		if (record_write_failure(&err, &record, &told) < 0)
			log_error("%s", told.message);
	}
	if (fd_write_all(1, record.data, record.len, &told) < 0) {
		log_error("standard output: %s", told.message);
		return 1;
	}
	return r < 0 ? dw_code_exit_status(err.code) : 0;
}
