// SPDX-License-Identifier: GPL-2.0
/**
 * DOC: Naming the cause of death
 *
 * "Kernel panic - not syncing: ..." says what the kernel gave up over; panic()
 * does not return, so the first one counts and what follows is aftermath. Often
 * it is no cause: "Fatal exception" is what panic() is told
 * after any oops, "softlockup: hung tasks" does not name the task. For such
 * messages the table below says which kind of earlier line explains them, and
 * the answer is both.
 *
 * With a crash kernel loaded, an oops that is fatal anyway jumps out of
 * oops_end() before any panic message. Then the log ends inside an oops: one
 * that has a headline but not yet its "---[ end trace". That is the cause.
 *
 * A log with neither just stops. The last trouble in it is offered as a guess.
 */
#include "ow_cause.h"

#define OW_PANIC_PREFIX	"Kernel panic - not syncing: "
#define OW_END_TRACE	"---[ end trace"

#define OW_SECOND	1000000000ULL

/* "cut here" and its like stand this many lines before a headline at most. */
#define OW_CAUSE_PRELUDE_LINES	4

/**
 * struct ow_headline_form - how to know a headline
 * @prefix: what the line begins with
 * @inside: what must follow somewhere after that; NULL for anything
 * @kind: what it announces
 * @weak: see struct ow_headline
 */
struct ow_headline_form {
	const char *prefix;
	const char *inside;
	enum ow_cause_kind kind;
	bool weak;
};

/*
 * In the order of precedence: the first that fits decides. The texts are those
 * of 6.12 and, where they differ, of kernels before it.
 */
static const struct ow_headline_form ow_headline_forms[] = {
	{ "BUG: kernel NULL pointer dereference", NULL, OW_CAUSE_FAULT, false },
	{ "BUG: unable to handle ", NULL, OW_CAUSE_FAULT, false },
	{ "BUG: ", "stack guard page was hit", OW_CAUSE_FAULT, false },
	{ "kernel BUG at ", NULL, OW_CAUSE_FAULT, false },
	{ "Kernel BUG at ", NULL, OW_CAUSE_FAULT, false },
	{ "traps: PANIC: double fault", NULL, OW_CAUSE_FAULT, false },
	{ "PANIC: double fault", NULL, OW_CAUSE_FAULT, false },
	{ "Oops: ", NULL, OW_CAUSE_FAULT, true },
	/* Without "Oops: " before v6.10. */
	{ "general protection fault", NULL, OW_CAUSE_FAULT, true },
	{ "invalid opcode: ", NULL, OW_CAUSE_FAULT, true },
	{ "divide error: ", NULL, OW_CAUSE_FAULT, true },
	{ "double fault: ", NULL, OW_CAUSE_FAULT, true },
	{ "stack segment: ", NULL, OW_CAUSE_FAULT, true },
	{ "watchdog: BUG: soft lockup", NULL, OW_CAUSE_SOFT_LOCKUP, false },
	{ "BUG: soft lockup", NULL, OW_CAUSE_SOFT_LOCKUP, false },
	{ "watchdog: Watchdog detected hard LOCKUP", NULL,
	  OW_CAUSE_HARD_LOCKUP, false },
	/* Without "watchdog: " before v6.5. */
	{ "NMI watchdog: Watchdog detected hard LOCKUP", NULL,
	  OW_CAUSE_HARD_LOCKUP, false },
	{ "rcu: INFO: ", " stall", OW_CAUSE_RCU_STALL, false },
	{ "INFO: rcu_", " stall", OW_CAUSE_RCU_STALL, false },
	{ "INFO: task ", " blocked for more than ", OW_CAUSE_HUNG_TASK, false },
	{ "Uhhuh. NMI received for unknown reason", NULL, OW_CAUSE_NMI, false },
	{ "NMI: PCI system error", NULL, OW_CAUSE_NMI, false },
	{ "NMI: IOCK error", NULL, OW_CAUSE_NMI, false },
	{ "mce: [Hardware Error]: ", "Machine ", OW_CAUSE_MACHINE_CHECK,
	  false },
	{ "WARNING: ", NULL, OW_CAUSE_WARNING, false },
	{ "BUG: ", NULL, OW_CAUSE_WARNING, false },
	{ "UBSAN: ", NULL, OW_CAUSE_WARNING, false },
};

/* Lines that may stand just before a headline and belong to it. */
static const char * const ow_preludes[] = {
	"------------[ cut here ]",
	"kernel tried to execute NX-protected page",
	"unable to execute userspace code",
	"list_add corruption",
	"list_del corruption",
};

/**
 * struct ow_panic_form - a panic message that needs an explanation
 * @prefix: how it begins, after OW_PANIC_PREFIX
 * @inside: what must follow somewhere after that; NULL for anything
 * @kind: what kind of headline explains it
 * @seconds: how old that may be; an older one belongs to something else
 */
struct ow_panic_form {
	const char *prefix;
	const char *inside;
	enum ow_cause_kind kind;
	unsigned int seconds;
};

/*
 * Backtraces of all CPUs over a slow console may stand between the two. Where
 * the message can also come without an oops, the oops must be a recent one.
 */
static const struct ow_panic_form ow_panic_forms[] = {
	{ "Fatal exception", NULL, OW_CAUSE_FAULT, 120 },
	{ "Attempted to kill ", NULL, OW_CAUSE_FAULT, 10 },
	{ "Aiee, killing interrupt handler!", NULL, OW_CAUSE_FAULT, 10 },
	{ "Oopsed too often", NULL, OW_CAUSE_FAULT, 10 },
	{ "Oops failed to kill thread", NULL, OW_CAUSE_FAULT, 10 },
	{ "Machine halted.", NULL, OW_CAUSE_FAULT, 120 },
	{ "", "stack guard hit", OW_CAUSE_FAULT, 120 },
	{ "softlockup: hung tasks", NULL, OW_CAUSE_SOFT_LOCKUP, 120 },
	{ "Hard LOCKUP", NULL, OW_CAUSE_HARD_LOCKUP, 120 },
	{ "RCU Stall", NULL, OW_CAUSE_RCU_STALL, 120 },
	{ "hung_task: blocked tasks", NULL, OW_CAUSE_HUNG_TASK, 120 },
	{ "NMI: Not continuing", NULL, OW_CAUSE_NMI, 120 },
	{ "NMI IOCK error: Not continuing", NULL, OW_CAUSE_NMI, 120 },
	{ "Fatal machine check", NULL, OW_CAUSE_MACHINE_CHECK, 120 },
	{ "Fatal local machine check", NULL, OW_CAUSE_MACHINE_CHECK, 120 },
	{ "", "panic_on_warn set", OW_CAUSE_WARNING, 120 },
	{ "", "system warned too often", OW_CAUSE_WARNING, 120 },
};

/* A line of a record, not terminated. */
struct ow_line {
	const char *p;
	size_t len;
};

static bool ow_line_starts(struct ow_line line, const char *prefix)
{
	size_t n = strlen(prefix);

	return line.len >= n && !memcmp(line.p, prefix, n);
}

static bool ow_line_has(struct ow_line line, const char *text)
{
	size_t n = strlen(text);

	for (; line.len >= n; line.p++, line.len--)
		if (!memcmp(line.p, text, n))
			return true;
	return false;
}

static bool ow_line_fits(struct ow_line line, const char *prefix,
			 const char *inside)
{
	return ow_line_starts(line, prefix) &&
	       (!inside || ow_line_has(line, inside));
}

/* Keep a line: printable, without the colon or blanks that may end it. */
static void ow_line_keep(char *dst, struct ow_line line)
{
	size_t i;

	while (line.len && (line.p[line.len - 1] == ' ' ||
			    line.p[line.len - 1] == ':' ||
			    line.p[line.len - 1] == '\r'))
		line.len--;
	if (line.len > OW_CAUSE_LINE_MAX - 1)
		line.len = OW_CAUSE_LINE_MAX - 1;
	for (i = 0; i < line.len; i++) {
		u8 c = line.p[i];

		dst[i] = c < 0x20 || c == 0x7f ? '?' : line.p[i];
	}
	dst[line.len] = 0;
}

void ow_cause_init(struct ow_cause *cause)
{
	memset(cause, 0, sizeof(*cause));
}

static void ow_cause_headline(struct ow_cause *cause, struct ow_headline *to,
			      const struct ow_log_record *rec,
			      struct ow_line line, bool weak)
{
	to->seen = true;
	to->weak = weak;
	to->closed = false;
	to->seq = rec->seq;
	to->begin_seq = rec->seq;
	to->ts_nsec = rec->ts_nsec;
	to->begin_ts_nsec = rec->ts_nsec;
	if (cause->prelude_seen) {
		to->begin_seq = cause->prelude_seq;
		to->begin_ts_nsec = cause->prelude_ts_nsec;
		cause->prelude_seen = false;
	}
	ow_line_keep(to->line, line);
}

/* A report ended: that of a warning inside an oops, else that of the oops. */
static void ow_cause_close(struct ow_cause *cause)
{
	struct ow_headline *fault = &cause->last[OW_CAUSE_FAULT];
	struct ow_headline *warning = &cause->last[OW_CAUSE_WARNING];

	/* Only this kind of warning has such an end. */
	if (warning->seen && !warning->closed && warning->seq > fault->seq &&
	    !strncmp(warning->line, "WARNING: CPU: ", 14))
		warning->closed = true;
	else
		fault->closed = true;
}

static const struct ow_headline_form *ow_headline_form(struct ow_line line)
{
	size_t i;

	for (i = 0; i < ARRAY_SIZE(ow_headline_forms); i++) {
		const struct ow_headline_form *form = &ow_headline_forms[i];

		if (ow_line_fits(line, form->prefix, form->inside))
			return form;
	}
	return NULL;
}

static void ow_cause_line(struct ow_cause *cause,
			  const struct ow_log_record *rec, struct ow_line line)
{
	const struct ow_headline_form *form;
	struct ow_headline *last;
	size_t i;

	if (cause->prelude_seen &&
	    ++cause->prelude_age > OW_CAUSE_PRELUDE_LINES)
		cause->prelude_seen = false;

	if (ow_line_starts(line, OW_PANIC_PREFIX)) {
		ow_cause_headline(cause, &cause->panic, rec, line, false);
		return;
	}
	if (ow_line_starts(line, OW_END_TRACE)) {
		ow_cause_close(cause);
		return;
	}

	form = ow_headline_form(line);
	if (form) {
		last = &cause->last[form->kind];
		/*
		 * Of one oops, the first line says most; and of an oops inside
		 * an oops, the first one is the cause. Stalls are repeated as
		 * they grow, and there the last one counts.
		 */
		if (form->kind == OW_CAUSE_FAULT && last->seen &&
		    !last->closed && !(last->weak && !form->weak))
			return;
		ow_cause_headline(cause, last, rec, line, form->weak);
		return;
	}

	for (i = 0; !cause->prelude_seen && i < ARRAY_SIZE(ow_preludes); i++) {
		if (!ow_line_starts(line, ow_preludes[i]))
			continue;
		cause->prelude_seen = true;
		cause->prelude_age = 0;
		cause->prelude_seq = rec->seq;
		cause->prelude_ts_nsec = rec->ts_nsec;
	}
}

void ow_cause_feed(struct ow_cause *cause, const struct ow_log_record *rec)
{
	const char *p = rec->text;
	const char *end = p + rec->len;

	if (cause->panic.seen || (rec->known && rec->facility))
		return;

	while (p < end) {
		const char *eol = memchr(p, '\n', end - p);
		struct ow_line line = { p, (eol ? eol : end) - p };

		ow_cause_line(cause, rec, line);
		if (!eol)
			break;
		p = eol + 1;
	}
}

/* What explains this panic message, if anything does. */
static const struct ow_headline *ow_cause_explain(const struct ow_cause *cause,
						  enum ow_cause_kind *kind)
{
	const struct ow_headline *panic = &cause->panic;
	struct ow_line said = {
		panic->line + strlen(OW_PANIC_PREFIX), 0
	};
	size_t i;

	/* The blank that ends the prefix is lost when nothing follows it. */
	if (strlen(panic->line) <= strlen(OW_PANIC_PREFIX))
		return NULL;
	said.len = strlen(said.p);

	for (i = 0; i < ARRAY_SIZE(ow_panic_forms); i++) {
		const struct ow_panic_form *form = &ow_panic_forms[i];
		const struct ow_headline *head = &cause->last[form->kind];

		if (!ow_line_fits(said, form->prefix, form->inside))
			continue;
		*kind = form->kind;
		if (!head->seen)
			return NULL;
		/* CPUs' clocks differ a little: it may seem to come after. */
		if (panic->ts_nsec > head->ts_nsec &&
		    panic->ts_nsec - head->ts_nsec > form->seconds * OW_SECOND)
			return NULL;
		return head;
	}
	return NULL;
}

static void ow_cause_answer(struct ow_cause_found *found,
			    enum ow_cause_kind kind, bool certain,
			    const struct ow_headline *head)
{
	found->kind = kind;
	found->certain = certain;
	found->begin_seq = head->begin_seq;
	found->begin_ts_nsec = head->begin_ts_nsec;
	snprintf(found->text, sizeof(found->text), "%s", head->line);
}

void ow_cause_finish(const struct ow_cause *cause,
		     struct ow_cause_found *found)
{
	const struct ow_headline *fault = &cause->last[OW_CAUSE_FAULT];
	const struct ow_headline *head = NULL;
	enum ow_cause_kind kind = OW_CAUSE_PANIC;
	size_t i;

	memset(found, 0, sizeof(*found));
	found->kind = OW_CAUSE_UNKNOWN;

	if (cause->panic.seen) {
		head = ow_cause_explain(cause, &kind);
		if (!head) {
			ow_cause_answer(found, kind, true, &cause->panic);
			return;
		}
		ow_cause_answer(found, kind, true, head);
		snprintf(found->text, sizeof(found->text), "%s (%s)",
			 head->line,
			 cause->panic.line + strlen(OW_PANIC_PREFIX));
		return;
	}

	if (fault->seen && !fault->closed) {
		ow_cause_answer(found, OW_CAUSE_FAULT, true, fault);
		return;
	}

	for (i = 0; i < OW_CAUSE_KINDS; i++) {
		const struct ow_headline *last = &cause->last[i];

		if (!last->seen || (head && last->seq < head->seq))
			continue;
		head = last;
		kind = i;
	}
	if (head)
		ow_cause_answer(found, kind, false, head);
}
