/* SPDX-License-Identifier: Apache-2.0 */
/* Which host keys to make, mend, replace or keep: identity decides, absence never
 * deletes. */
#include <string.h>

#include "base/mem.h"
#include "plan/plan.h"

static bool is_wanted(const struct hostkey_kind *kind, const struct instance *instance,
		      const struct plan_policy *policy)
{
	if (instance != NULL && instance->ssh_genkeytypes.state == FIELD_SET)
		return string_list_has(&instance->ssh_genkeytypes, kind->name);
	if (policy->hostkey_types != NULL && policy->hostkey_types->state == FIELD_SET)
		return string_list_has(policy->hostkey_types, kind->name);
	return true;
}

/* RSA takes a second on a small machine; the elliptic curves take one millisecond. */
static bool is_slow(const struct hostkey_kind *kind)
{
	return kind->type == SSHPUB_RSA;
}

/*
 * May KEY wait for the network stage? Only beside another that does not: sshd refuses to
 * start without any key, and on Debian nobody starts it again.
 */
static bool may_wait(const struct hostkey_kind *kind, const struct instance *instance,
		     const struct observed *observed, const struct plan_policy *policy)
{
	if (!is_slow(kind) || !policy->is_slow_hostkey_later)
		return false;
	for (size_t i = 0; i < observed->hostkeys_count; i++)
		if (!is_slow(observed->hostkeys[i].kind) &&
		    is_wanted(observed->hostkeys[i].kind, instance, policy))
			return true;
	return false;
}

/* An unset field where the id is only a placeholder: it identifies nobody. */
static const struct field *real_id(const struct instance *instance)
{
	static const struct field unset;

	return instance->id_is_placeholder ? &unset : &instance->instance_id;
}

static enum state_verdict judge(const struct instance *instance,
				const struct plan_policy *policy)
{
	const struct state *owner = policy->hostkeys_owner;
	const struct field *id = real_id(instance);

	/* The uuid changed and the id is still to come: it may turn out to be the same
	 * machine, moved. */
	if (instance->is_partial && id->state != FIELD_SET &&
	    owner->instance_id.state == FIELD_SET)
		return STATE_UNKNOWN;
	return state_compare(owner, id, &instance->machine_uuid);
}

static bool has_identity(const struct instance *instance)
{
	return real_id(instance)->state == FIELD_SET ||
	       instance->machine_uuid.state == FIELD_SET;
}

static bool shall_replace(const struct instance *instance,
			  const struct plan_policy *policy)
{
	if (instance == NULL || !has_identity(instance))
		return false;
	if (!policy->may_delete_hostkeys || instance->ssh_deletekeys == TRI_NO)
		return false;
	return policy->hostkeys_owner == NULL || judge(instance, policy) == STATE_OTHER;
}

/*
 * Without a word about an owner, keys that are younger than this boot were made on this
 * machine; but not those that are younger than now: the clock of a first boot may be
 * years behind the image.
 */
static bool is_made_here(const struct observed_hostkey *key,
			 const struct observed *observed,
			 const struct plan_policy *policy)
{
	return policy->hostkeys_owner == NULL && observed->boot_time != 0 &&
	       key->mtime >= observed->boot_time &&
	       (policy->now == 0 || key->mtime <= policy->now);
}

static int add(struct plan *p, enum op_kind kind, const struct observed_hostkey *key,
	       const char *why, struct dw_err *err)
{
	cleanup_free char *target = NULL;
	struct op *op = NULL;
	int r;

	r = mem_asprintf(&target, err, "/etc/ssh/ssh_host_%s_key", key->kind->name);
	if (r == 0)
		r = plan_add(p, kind, target, &op, err);
	if (r == 0)
		r = mem_strdup(&op->detail, why, err);
	if (r == 0)
		op->hostkey = key->kind;
	return r;
}

static int plan_good(struct plan *p, const struct observed_hostkey *key, bool wanted,
		     bool replace, bool retire, bool later, struct dw_err *err)
{
	if (!replace && retire)
		return add(p, OP_HOSTKEY_RETIRE, key,
			   "the instance's ssh_genkeytypes leave this type out", err);
	if (!replace) {
		if (key->pub_matches && key->is_mode_right)
			return 0;
		return add(p, OP_HOSTKEY_MEND, key,
			   key->pub_matches
				   ? "mode or owner was wrong"
				   : "the .pub file was missing or not of this key",
			   err);
	}
	if (!wanted)
		return add(p, OP_HOSTKEY_RETIRE, key,
			   "belongs to another machine; this type is not wanted", err);
	if (later)
		return add(p, OP_HOSTKEY_RETIRE, key,
			   "belongs to another machine; a new one follows", err);
	return add(p, OP_HOSTKEY_REPLACE, key, "belongs to another machine", err);
}

static int plan_one(struct plan *p, const struct observed_hostkey *key,
		    const struct instance *instance, const struct observed *observed,
		    const struct plan_policy *policy, struct dw_err *err)
{
	bool wanted = is_wanted(key->kind, instance, policy);
	bool later = may_wait(key->kind, instance, observed, policy);
	bool replace =
		shall_replace(instance, policy) && !is_made_here(key, observed, policy);

	bool retire = !wanted && policy->is_first_run && policy->may_delete_hostkeys &&
		      instance->ssh_genkeytypes.state == FIELD_SET;

	switch (key->state) {
	case HOSTKEY_UNREADABLE:
		return 0;
	case HOSTKEY_GOOD:
		return plan_good(p, key, wanted, replace, retire, later, err);
	case HOSTKEY_ABSENT:
		return wanted && !later ? add(p, OP_HOSTKEY_MAKE, key, "missing", err)
					: 0;
	case HOSTKEY_EMPTY:
		return wanted && !later
			       ? add(p, OP_HOSTKEY_MAKE, key, "was empty (crash?)", err)
			       : 0;
	case HOSTKEY_GARBAGE:
		return wanted && !later ? add(p, OP_HOSTKEY_REPLACE, key,
					      "was not readable as a key", err)
					: 0;
	default:
		return dw_fail(err, DW_FAILED, "unknown state of a host key");
	}
}

static bool is_same_field(const struct field *a, const struct field *b)
{
	return a->state == b->state && strcmp(field_text(a), field_text(b)) == 0;
}

/* The new owner is written down once all keys of the set are there. */
static int plan_owner(struct plan *p, const struct instance *instance,
		      const struct plan_policy *policy, struct dw_err *err)
{
	const struct state *owner = policy->hostkeys_owner;
	cleanup_buf struct dw_buf text = BUF_INIT(STATE_TEXT_MAX);
	struct state now = { 0 };
	struct op *op = NULL;
	int r;

	if (instance == NULL || !has_identity(instance))
		return 0;
	if (owner != NULL && judge(instance, policy) == STATE_UNKNOWN &&
	    instance->is_partial)
		return 0;
	now.platform = instance->platform; /* borrowed: this state is only written, never
					      freed */
	now.instance_id = *real_id(instance);
	now.machine_uuid = instance->machine_uuid;
	if (owner != NULL && is_same_field(&owner->instance_id, &now.instance_id) &&
	    is_same_field(&owner->machine_uuid, &now.machine_uuid))
		return 0;
	/* Firmware alone may spell the id in its other byte order, at every boot. */
	if (owner != NULL && instance->is_partial &&
	    judge(instance, policy) == STATE_SAME)
		return 0;
	/* Less is known now than was known then: keep what was. */
	if (owner != NULL && now.instance_id.state != FIELD_SET &&
	    owner->instance_id.state == FIELD_SET &&
	    judge(instance, policy) == STATE_SAME)
		return 0;
	r = state_write(&now, &text, err);
	if (r == 0)
		r = plan_add(p, OP_HOSTKEYS_OWN, "/var/lib/doorward/hostkeys", &op, err);
	if (r == 0)
		r = mem_asprintf(&op->detail, err, "host keys belong to %s",
				 now.instance_id.state == FIELD_SET
					 ? now.instance_id.text
					 : field_text(&now.machine_uuid));
	if (r == 0)
		r = mem_strdup(&op->path, "var/lib/doorward/hostkeys", err);
	if (r == 0)
		r = buf_take(&text, &op->data, &op->data_len, err);
	if (r == 0)
		op->mode = 0600;
	return r;
}

/* No old key goes before the new ones are there: if those fail, it is all that sshd has.
 */
static void put_retiring_last(struct plan *p, size_t from)
{
	for (size_t i = from, left = p->count - from; left > 0; left--) {
		struct op op = p->ops[i];

		if (op.kind != OP_HOSTKEY_RETIRE) {
			i++;
			continue;
		}
		memmove(&p->ops[i], &p->ops[i + 1], (p->count - i - 1) * sizeof(*p->ops));
		p->ops[p->count - 1] = op;
	}
}

int plan_hostkeys(const struct instance *instance, const struct observed *observed,
		  const struct plan_policy *policy, struct plan *ret, struct dw_err *err)
{
	size_t before = ret->count;
	int r;

	for (size_t i = 0; i < observed->hostkeys_count; i++) {
		r = plan_one(ret, &observed->hostkeys[i], instance, observed, policy,
			     err);
		if (r < 0)
			return r;
	}
	put_retiring_last(ret, before);
	return plan_owner(ret, instance, policy, err);
}
