/* SPDX-License-Identifier: Apache-2.0 */
/* The merge of one authorized_keys file: foreign bytes stay, a key that is there is never
 * added twice. */
#include <stdint.h>
#include <stdlib.h>
#include <string.h>

#include "base/mem.h"
#include "codec/fingerprint.h"
#include "plan/plan.h"

/*
 * The keys of a file as a hash set of their blobs. Identity is the decoded, canonical
 * blob: two spellings of one key are one key, and a second plain line would cancel a
 * restriction (from=, command=) on the first, because sshd takes the first line that it
 * can accept.
 */
struct blob_set {
	uint8_t **blobs;
	size_t *lens;
	size_t slots; /* a power of two */
};

static void blob_set_done(struct blob_set *s)
{
	for (size_t i = 0; i < s->slots; i++)
		free(s->blobs[i]);
	free(s->blobs);
	free(s->lens);
}

static int blob_set_init(struct blob_set *s, size_t entries, struct dw_err *err)
{
	size_t slots = 16;
	int r;

	while (slots < entries * 2)
		slots *= 2;
	r = mem_alloc((void **)&s->blobs, slots, sizeof(*s->blobs), err);
	if (r == 0)
		r = mem_alloc((void **)&s->lens, slots, sizeof(*s->lens), err);
	if (r < 0)
		return r;
	s->slots = slots;
	return 0;
}

/* FNV-1a over the last bytes, where keys differ; collisions cost a comparison, not
 * correctness. */
static size_t hash(const uint8_t *blob, size_t len)
{
	uint64_t h = 14695981039346656037u;

	for (size_t i = len > 64 ? len - 64 : 0; i < len; i++)
		h = (h ^ blob[i]) * 1099511628211u;
	return (size_t)(h ^ (h >> 32));
}

/* Takes the blob out of K. *RET_IS_NEW is false when it was in the set already. */
static void blob_set_take(struct blob_set *s, struct sshpub *k, bool *ret_is_new)
{
	size_t at = hash(k->blob, k->blob_len) & (s->slots - 1);

	*ret_is_new = false;
	while (s->blobs[at] != NULL) {
		if (s->lens[at] == k->blob_len &&
		    memcmp(s->blobs[at], k->blob, k->blob_len) == 0)
			return;
		at = (at + 1) & (s->slots - 1);
	}
	s->blobs[at] = TAKE_PTR(k->blob);
	s->lens[at] = k->blob_len;
	*ret_is_new = true;
}

static size_t count_lines(struct slice text)
{
	size_t n = 1;

	for (size_t i = 0; i < text.len; i++)
		n += text.data[i] == '\n';
	return n;
}

/*
 * A cert-authority line trusts a CA; it lets nobody in with the plain key. Options were
 * printed by sshoption_copy(): one spelling, and a value that merely holds the word (a
 * command, say) is in quotes.
 */
static bool is_for_certificates(const struct sshpub *k)
{
	const char *at = k->options;
	const size_t n = strlen("cert-authority");

	while (at != NULL && *at != '\0') {
		bool is_quoted = false;

		if (strncmp(at, "cert-authority", n) == 0 &&
		    (at[n] == ',' || at[n] == '\0'))
			return true;
		for (; *at != '\0' && (is_quoted || *at != ','); at++) {
			if (*at == '\\' && at[1] == '"')
				at++;
			else if (*at == '"')
				is_quoted = !is_quoted;
		}
		at += *at == ',';
	}
	return false;
}

/* One key may be there twice: as a key and as an authority. */
struct present {
	struct blob_set keys, authorities;
};

static void present_done(struct present *p)
{
	blob_set_done(&p->keys);
	blob_set_done(&p->authorities);
}

static void present_take(struct present *p, struct sshpub *k, bool *ret_is_new)
{
	blob_set_take(is_for_certificates(k) ? &p->authorities : &p->keys, k, ret_is_new);
}

/* What sshd would load from OLD. Lines it would skip are none of our business. */
static int collect(struct present *set, struct slice old, struct dw_err *err)
{
	struct sshpub_policy policy = SSHPUB_POLICY_SSHD;
	struct slice line;
	bool is_new;
	int r;

	while (slice_next_line(&old, &line)) {
		cleanup_sshpub struct sshpub k = { 0 };
		struct slice text = slice_trim(line);

		if (text.len == 0 || text.data[0] == '#')
			continue;
		r = sshpub_parse_line(text, &policy, &k, NULL);
		if (r == -DW_NO_MEMORY)
			return dw_fail(err, DW_NO_MEMORY,
				       "out of memory while reading keys");
		if (r == 0)
			present_take(set, &k, &is_new);
	}
	return 0;
}

typedef int (*missing_fn)(void *ctx, const struct key *key, struct sshpub *pub,
			  struct dw_err *err);

/* Calls FN for each key of WANTED that OLD does not have. */
static int for_each_missing(const struct key_list *wanted, struct slice old,
			    missing_fn fn, void *ctx, struct dw_err *err)
{
	struct sshpub_policy policy = SSHPUB_POLICY_SSHD;
	cleanup_with(present_done) struct present set = { 0 };
	size_t most = count_lines(old) + wanted->count;
	int r;

	r = blob_set_init(&set.keys, most, err);
	if (r == 0)
		r = blob_set_init(&set.authorities, most, err);
	if (r == 0)
		r = collect(&set, old, err);
	for (size_t i = 0; r == 0 && i < wanted->count; i++) {
		cleanup_sshpub struct sshpub k = { 0 }, again = { 0 };
		bool is_new = false;

		r = sshpub_parse_line(slice_of(wanted->items[i].line), &policy, &k, err);
		if (r < 0)
			return r;
		again = k;
		again.blob = NULL;
		r = mem_alloc((void **)&again.blob, k.blob_len, 1, err);
		if (r == 0) {
			memcpy(again.blob, k.blob, k.blob_len);
			present_take(&set, &again, &is_new);
		}
		again.options = again.comment = NULL; /* k's */
		if (r == 0 && is_new)
			r = fn(ctx, &wanted->items[i], &k, err);
	}
	return r;
}

struct adding {
	struct dw_buf *to;
	struct slice old;
	size_t count;
};

static int add_line(void *ctx, const struct key *key, struct sshpub *pub unused_arg,
		    struct dw_err *err)
{
	struct adding *a = ctx;
	int r = 0;

	if (a->count == 0) {
		r = buf_append(a->to, a->old.data, a->old.len, err);
		/* Appending to a last line that does not end would glue two keys into
		 * none. */
		if (r == 0 && a->old.len > 0 && a->old.data[a->old.len - 1] != '\n')
			r = buf_append_str(a->to, "\n", err);
	}
	if (r == 0)
		r = buf_append_str(a->to, key->line, err);
	if (r == 0)
		r = buf_append_str(a->to, "\n", err);
	a->count++;
	return r;
}

int plan_merge_keys(const struct key_list *wanted, struct slice old, struct dw_buf *ret,
		    size_t *ret_added, struct dw_err *err)
{
	struct adding a = { .to = ret, .old = old };
	int r = for_each_missing(wanted, old, add_line, &a, err);

	if (r == 0)
		*ret_added = a.count;
	return r;
}

static int add_fingerprint(void *ctx, const struct key *key unused_arg,
			   struct sshpub *pub, struct dw_err *err)
{
	struct adding *a = ctx;
	int r = 0;

	/* Ten tell enough; the count tells the rest. */
	if (a->count < 10) {
		r = buf_append_str(a->to, a->count > 0 ? " " : "", err);
		if (r == 0)
			r = fingerprint_short(pub, FINGERPRINT_SHA256, a->to, err);
	} else if (a->count == 10) {
		r = buf_append_str(a->to, " ...", err);
	}
	a->count++;
	return r;
}

int plan_describe_keys(const struct key_list *wanted, struct slice old,
		       struct dw_buf *ret, size_t *ret_count, struct dw_err *err)
{
	struct adding a = { .to = ret };
	int r = for_each_missing(wanted, old, add_fingerprint, &a, err);

	if (r == 0)
		*ret_count = a.count;
	return r;
}
