// SPDX-License-Identifier: GPL-2.0-only
/*
 * cmd_diagnose.c - slabscan diagnose: just tell me
 *
 * check -> leaks -> top of each suspect -> trace of some -> top and refs of each -> one conclusion. Each is a step that may fail alone: then the report says so
 * and goes on with what there is.
 */
#include <errno.h>
#include <stdlib.h>
#include <string.h>
#include <time.h>

#include "checkrun.h"
#include "diagnosis.h"
#include "interrupt.h"
#include "job.h"
#include "redact.h"
#include "report.h"
#include "step.h"
#include "whole.h"

#define WATCH_MS		30000
#define WATCH_SAMPLES		16
#define TRACE_MIN_S		10
#define TRACE_MAX_S		60
#define TRACE_OBJECTS		40	/* a trace should see so many leak */
#define TRACED_MAX		2	/* caches that are traced: one after the other */
#define ALIASES_MAX		256
#define DETAILED		3	/* suspects whose evidence is in the text; JSON has all */
#define SHARE_OF_FREE		4	/* no step may need more than this part of the memory that is available */
#define RECORDS_SMALL		"4096"

/* What the steps need at most, this command included: measured, and rounded up (a scan took 2.6 MiB of the kernel, a trace 5.8, leaks 5.1). */
#define NEED_SCAN		(12ULL << 20)
#define NEED_TRACE		(16ULL << 20)
#define NEED_LEAKS		(16ULL << 20)
/* And what leaks numbers: two sets of 12 bytes a slab, bitmaps and hashes of 5.5 bits an object, room for an eighth more of both; 6 bits a page of the machine */
#define NEED_LEAKS_SLAB		27
#define NEED_LEAKS_OBJECTS(n)	((n) * 99 / 128)
#define NEED_LEAKS_PAGES(bytes)	((bytes) / 4096 * 6 / 8)
#define NEED_LEAKS_PART		10	/* all of that is this part of slabs of 8-byte objects, where it is not known what is in them */

struct diagnose_args {
	uint32_t duration_ms, watch_ms;
	const char *report;
	bool redact, exit_code;
};

static const struct cli_option options[] = {
	{ "duration", "S", CLI_SECONDS, offsetof(struct diagnose_args, duration_ms), "trace for S seconds (default: by the growth)" },
	{ "watch", "S", CLI_SECONDS, offsetof(struct diagnose_args, watch_ms), "watch memory for S seconds first (default 30)" },
	{ "report", "FILE", CLI_STRING, offsetof(struct diagnose_args, report), "also write a page of HTML, fit for a bug report" },
	{ "redact", NULL, CLI_FLAG, offsetof(struct diagnose_args, redact), "without addresses, text, data and process names" },
	{ "exit-code", NULL, CLI_FLAG, offsetof(struct diagnose_args, exit_code), "exit with 10 if a leak is suspected" },
	{ 0 }
};

struct job {
	struct cli *cli;
	const struct diagnose_args *args;
	struct check_run *run;
	struct facts facts;
	struct diagnosis diagnosis;
	struct report report;
	bool small;		/* too little memory for what searches all of it */
};

static double now_s(void)
{
	struct timespec ts;

	clock_gettime(CLOCK_MONOTONIC, &ts);
	return ts.tv_sec + ts.tv_nsec / 1e9;
}

static struct report_step *note_step(struct job *job, const char *name, const char *why)
{
	struct report_step *s;

	if (job->report.steps == REPORT_STEPS_MAX)
		return NULL;
	s = &job->report.step[job->report.steps++];
	snprintf(s->name, sizeof(s->name), "%s", name);
	snprintf(s->why, sizeof(s->why), "%s", why);
	return s;
}

/* Run a verb. Return: its answer, to be released; NULL if it failed, which was noted. */
static json_t *ask(struct job *job, const char *name, const char *const *argv)
{
	struct report_step *note = note_step(job, name, "");
	struct step step;

	step_run(job->cli, &step, argv);
	if (step.status == CLI_PARTIAL)
		job->report.partial |= interrupt_seen();
	if (note) {
		note->done = step.answer;
		note->elapsed_ns = step.elapsed_ns;
		snprintf(note->why, sizeof(note->why), "%s", step.answer ? step.status == CLI_PARTIAL ? "in part" : "" : step.error);
	}
	return step.answer;
}

static json_t *ask_top(struct job *job, const char *cache, const char *when)
{
	char name[128];

	snprintf(name, sizeof(name), "%s of %.63s", when, cache);
	return ask(job, name, (const char *[]){ "top", "--cache", cache, "--limit", "32", NULL });
}

/* Long enough to see some tens of objects leak, if they are those that check saw. */
static double trace_seconds(const struct job *job, const char *cache)
{
	const struct verdict *v = &job->run->verdict;
	double seconds = TRACE_MIN_S;

	if (job->args->duration_ms)
		return job->args->duration_ms / 1000.0;
	for (size_t i = 0; i < v->suspect_count; i++)
		if (!strcmp(v->suspects[i].name, cache) && !v->suspects[i].since && v->suspects[i].rate > 0)
			seconds = TRACE_OBJECTS * v->suspects[i].slot / v->suspects[i].rate;
	return seconds < TRACE_MIN_S ? TRACE_MIN_S : seconds > TRACE_MAX_S ? TRACE_MAX_S : seconds;
}

/* Who holds the holder: often a list head in some object, whose owner has a name. */
static void ask_holder(struct job *job, struct cache_facts *c)
{
	const json_t *holder = diagnosis_holder(c->refs);
	const char *example = json_string_value(json_array_get(answer_list(holder, "examples"), 0));

	if (example && !strcmp(answer_str(holder, "kind"), "slab"))
		c->holder_refs = ask(job, "who points to what points to them", (const char *[]){ "refs", example, NULL });
}

static uint64_t budget(const struct job *job);

static void trace(struct job *job, struct cache_facts *c)
{
	const char *records = budget(job) < NEED_TRACE ? "--records" : NULL;
	char name[128], number[32];

	snprintf(number, sizeof(number), "%.1f", trace_seconds(job, c->name));
	snprintf(name, sizeof(name), "trace of %.63s, %s s%s", c->name, number, records ? ", " RECORDS_SMALL " records" : "");
	c->trace = ask(job, name, (const char *[]){ "trace", "--cache", c->name, "--duration", number, records, RECORDS_SMALL, NULL });
}

static void ask_refs(struct job *job, struct cache_facts *c)
{
	const json_t *cluster = diagnosis_cluster(c, job->facts.leaks);
	char name[128], number[32];

	if (!cluster)
		return;
	snprintf(number, sizeof(number), "%u", (unsigned int)answer_u64(cluster, "rank"));
	snprintf(name, sizeof(name), "who points to cluster %s of %.63s", number, c->name);
	c->refs = ask(job, name, (const char *[]){ "refs", "--cache", c->name, "--cluster", number, NULL });
	/* It looks again, and ranks may have changed: what it found tells which it was. */
	snprintf(c->refs_of, sizeof(c->refs_of), "%s", answer_str(json_object_get(c->refs, "target"), "fingerprint"));
	if (c->refs)
		ask_holder(job, c);
}

/* The most suspicious first, by what is known so far: of a tree that leaks, the parent is to be traced rather than a leaf. */
static void trace_some(struct job *job)
{
	struct cache_facts *chosen[TRACED_MAX];
	size_t n = 0;

	diagnosis_make(&job->diagnosis, &job->facts);
	for (size_t i = 0; i < job->diagnosis.count && n < TRACED_MAX; i++)
		for (size_t k = 0; k < job->facts.caches && n < TRACED_MAX; k++) {
			struct cache_facts *c = &job->facts.cache[k];
			bool known = !c->before || strcmp(c->name, job->diagnosis.findings[i].cache) != 0;

			for (size_t m = 0; m < n && !known; m++)
				known = chosen[m] == c;
			if (!known)
				chosen[n++] = c;
		}
	for (size_t i = 0; i < n && !interrupt_seen(); i++)
		trace(job, chosen[i]);
}

/* Scan all, trace some, scan all again: what became more? */
static void look_into(struct job *job)
{
	struct cache_facts *cache = job->facts.cache;
	double begin = now_s(), scanned[DIAGNOSIS_CACHES], least = job->args->duration_ms ? job->args->duration_ms / 1000.0 : TRACE_MIN_S;

	for (size_t i = 0; i < job->facts.caches; i++) {
		cache[i].before = ask_top(job, cache[i].name, "first scan");
		scanned[i] = now_s();
	}
	trace_some(job);
	/* Without a trace, time has to pass all the same. */
	if (job->facts.caches && !interrupt_seen() && now_s() - begin < least) {
		struct progress p;

		progress_begin(&p, "letting time pass", job->cli->quiet);
		progress_sleep(&p, (uint64_t)(1000 * (least - (now_s() - begin))));
		progress_end(&p);
	}
	for (size_t i = 0; i < job->facts.caches && !interrupt_seen(); i++) {
		if (!cache[i].before)
			continue;
		cache[i].between_s = now_s() - scanned[i];
		cache[i].after = ask_top(job, cache[i].name, "second scan");
	}
	for (size_t i = 0; i < job->facts.caches && !interrupt_seen() && !job->small; i++)
		if (cache[i].after)
			ask_refs(job, &cache[i]);
}

static uint64_t budget(const struct job *job)
{
	const struct sample *last = job->run->now[job->run->count - 1];

	return sample_has(last, GAUGE_AVAILABLE) ? last->gauge[GAUGE_AVAILABLE] / SHARE_OF_FREE : UINT64_MAX;
}

static uint64_t leaks_need(const struct job *job)
{
	const struct sample *last = job->run->now[job->run->count - 1];
	uint64_t need = NEED_LEAKS + NEED_LEAKS_PAGES(last->gauge[GAUGE_TOTAL]);

	if (!last->cache_count)
		return need + (last->gauge[GAUGE_SLAB_RECLAIMABLE] + last->gauge[GAUGE_SLAB_UNRECLAIMABLE]) / NEED_LEAKS_PART;
	for (size_t i = 0; i < last->cache_count; i++) {
		const struct sample_cache *c = &last->caches[i];

		need += NEED_LEAKS_OBJECTS(c->slot ? c->bytes / c->slot : 0) + NEED_LEAKS_SLAB * (c->slab_bytes ? c->bytes / c->slab_bytes : 0);
	}
	return need;
}

/* Does a step fit? A machine that is short of memory must not get shorter of it. If not, a sentence that says so. */
static bool affords(const struct job *job, uint64_t need, char *buf, size_t size)
{
	char needs[OUT_NUM_MAX], has[OUT_NUM_MAX];

	if (need <= budget(job))
		return true;
	snprintf(buf, size, "it may need %s, and of the %s that are available it would not take more than a quarter", out_fmt_bytes(needs, need),
		 out_fmt_bytes(has, budget(job) * SHARE_OF_FREE));
	return false;
}

/* What can be had without the module, or without memory, is the verdict of check. Return: a sentence that says why not, or NULL. */
static const char *forbids(struct job *job, char *buf, size_t size)
{
	if (job_connect(job->cli)) {
		snprintf(buf, size, "%.255s", job->run->why_not[0] ? job->run->why_not : job->cli->job_error);
		return buf;
	}
	return affords(job, NEED_SCAN, buf, size) ? NULL : buf;
}

/* All kinds: one that is not told of would pass for referenced. So would all, if nothing was decided. */
static void ask_leaks(struct job *job)
{
	size_t step = job->report.steps;
	const char *why, *reason;

	job->facts.leaks = ask(job, "what nothing points to", (const char *[]){ "leaks", "--limit", "1000", NULL });
	if (!job->facts.leaks || json_is_true(json_object_get(job->facts.leaks, "complete")))
		return;
	why = answer_str(job->facts.leaks, "partial");
	reason = strstr(why, ": ");
	if (step < job->report.steps) {
		job->report.step[step].done = false;
		snprintf(job->report.step[step].why, sizeof(job->report.step[step].why), "nothing was decided: %s", reason ? reason + 2 : why);
	}
	json_decref(job->facts.leaks);
	job->facts.leaks = NULL;
}

static void look(struct job *job)
{
	char names[DIAGNOSIS_CACHES][SAMPLE_NAME_MAX], why[256];

	if (forbids(job, why, sizeof(why))) {
		note_step(job, "what is in the caches", why);
		return;
	}
	job->small = !affords(job, leaks_need(job), why, sizeof(why));
	if (job->small)
		note_step(job, "what nothing points to, and who points to the rest", why);
	else if (!interrupt_seen())
		ask_leaks(job);
	job->facts.caches = diagnosis_pick(&job->run->verdict, job->facts.leaks, names);
	for (size_t i = 0; i < job->facts.caches; i++)
		memcpy(job->facts.cache[i].name, names[i], sizeof(names[i]));
	if (!interrupt_seen())
		look_into(job);
}

static void say_aliases(struct out *o, const struct job *job, const char *cache)
{
	const char *list[ALIASES_MAX];
	size_t n = job->run->aliases ? aliases_of(job->run->aliases, cache, list, ALIASES_MAX) : 0;

	out_array_open(o, "aliases");
	for (size_t i = 0; i < n && i < ALIASES_MAX; i++)
		out_str(o, NULL, NULL, list[i]);
	out_array_close(o);
}

static void say_suspects(struct out *o, const struct job *job, const struct diagnosis *d, bool leaks_known)
{
	static const struct out_column columns[] = {
		{ "cache", "SUSPECT", OUT_LEFT },
		{ "objects", "OBJECTS", OUT_RIGHT },
		{ "bytes", "BYTES", OUT_RIGHT },
		{ "unreferenced", "FORGOTTEN", OUT_RIGHT },
		{ "verdict", "VERDICT", OUT_LEFT },
		{ "who", "ALLOCATED BY", OUT_LEFT },
	};

	out_table_open(o, "suspects", columns, 6);
	for (size_t i = 0; i < d->count; i++) {
		const struct finding *f = &d->findings[i];

		out_row_open(o);
		out_str(o, "cache", "{}", f->cache);
		say_aliases(o, job, f->cache);
		if (f->here[0])
			out_str(o, "likely_alias", NULL, f->here);
		if (f->tree[0]) {
			out_bool(o, "parent", NULL, f->parent);
			out_str(o, "parent_cache", NULL, f->tree);
		}
		out_u64(o, "objects", "{}", f->objects);
		out_bytes(o, "bytes", "{}", f->bytes);
		out_double(o, "growth_bytes_per_s", NULL, f->rate);
		out_i64(o, "grown", NULL, f->grown);
		if (f->fingerprint[0])
			out_str(o, "fingerprint", NULL, f->fingerprint);
		else
			out_null(o, "fingerprint");
		if (leaks_known)
			out_u64(o, "unreferenced", "{}", f->unreferenced);
		else
			out_null(o, "unreferenced");
		if (f->function[0])
			out_str(o, "function", NULL, f->function);
		else
			out_null(o, "function");
		if (f->module[0])
			out_str(o, "module", NULL, f->module);
		else
			out_null(o, "module");
		if (f->who[0])
			out_cell(o, "who", "%s", f->who);
		out_array_open(o, "types");
		for (size_t k = 0; k < f->type_count; k++)
			out_str(o, NULL, NULL, f->types[k]);
		out_array_close(o);
		out_array_open(o, "symbols");
		for (size_t k = 0; k < json_array_size(answer_list(f->cluster, "symbols")); k++)
			out_str(o, NULL, NULL, json_string_value(json_array_get(answer_list(f->cluster, "symbols"), k)));
		out_array_close(o);
		out_str(o, "verdict", "{}", verdict_key(f->kind));
		out_double(o, "confidence", NULL, f->confidence);
		if (f->held_by[0])
			out_str(o, "held_by", NULL, f->held_by);
		if (i < DETAILED) {
			out_styled(o, OUT_BOLD, "\n%s%s%s", f->cache, f->fingerprint[0] ? ", objects of the kind " : "", f->fingerprint);
			out_text(o, " (confidence %.2f):\n", f->confidence);
		}
		out_array_open(o, "evidence");
		for (size_t k = 0; k < f->evidence_count; k++) {
			out_str(o, NULL, NULL, f->evidence[k]);
			if (i < DETAILED)
				out_wrapped(o, 2, "- %s", f->evidence[k]);
		}
		out_array_close(o);
		out_str(o, "next", NULL, f->next);
		out_row_close(o);
	}
	out_table_close(o);
}

static void say_steps(struct out *o, const struct report *r)
{
	out_array_open(o, "steps");
	for (size_t i = 0; i < r->steps; i++) {
		const struct report_step *s = &r->step[i];

		out_object_open(o, NULL);
		out_str(o, "step", NULL, s->name);
		out_bool(o, "done", NULL, s->done);
		out_ns(o, "elapsed_ns", NULL, s->elapsed_ns);
		if (s->why[0])
			out_str(o, "why", NULL, s->why);
		if (!s->done)
			out_wrapped(o, 2, "Could not be done: %s: %s", s->name, s->why);
		out_object_close(o);
	}
	out_array_close(o);
}

static void say_next(struct out *o, const struct job *job)
{
	const struct diagnosis *d = &job->diagnosis;

	if (d->count && d->findings[0].next[0])
		out_next(o, d->findings[0].next, d->kind == VERDICT_LEAK && d->findings[0].unreferenced == 0 ? "who holds them?" : d->findings[0].function[0] ? "watch it" :
			 "who allocates them? To be run while they become more");
	else if (job->run->verdict.big[0])
		out_next(o, "slabscan top", "what is in the biggest cache?");
	if (d->kind != VERDICT_LEAK)
		out_next(o, "slabscan check --save FILE", "keep the state; later --since FILE sees slow leaks");
	if (!job->args->report)
		out_next(o, "slabscan diagnose --report FILE.html --redact", "the same as a page to hand out");
}

static void answer(struct job *job)
{
	const struct diagnosis *d = &job->diagnosis;
	struct out *o = job->cli->out;

	out_str(o, "verdict", NULL, verdict_key(d->kind));
	out_str(o, "class", NULL, class_name(d->class));
	out_double(o, "confidence", NULL, d->confidence);
	out_styled(o, d->kind == VERDICT_LEAK ? OUT_BAD : d->kind == VERDICT_UNDECIDED ? OUT_WARN : OUT_GOOD, "%s",
		   d->kind == VERDICT_LEAK ? "LEAK SUSPECTED" : d->kind == VERDICT_UNDECIDED ? "CANNOT TELL" : "NOT A LEAK");
	out_text(o, ", class %s, confidence %.2f\n", class_name(d->class), d->confidence);
	out_say(o, "summary", OUT_PLAIN, "%s", d->summary);
	if (d->class != CLASS_SLAB && job->run->verdict.culprit[0])
		out_str(o, "culprit", NULL, job->run->verdict.culprit);
	out_bool(o, "complete", NULL, !job->report.partial);
	out_bool(o, "redacted", NULL, job->args->redact);
	out_text(o, "\n");
	if (d->count) {
		say_suspects(o, job, d, job->facts.leaks);
	} else {
		out_array_open(o, "suspects");
		out_array_close(o);
	}
	out_text(o, "\nAlso seen:\n");
	check_say_evidence(o, &job->run->verdict);
	say_steps(o, &job->report);
	say_next(o, job);
}

static int write_report(struct job *job)
{
	struct whole file;
	int error = whole_open(&file, job->args->report);

	if (error)
		return error;
	report_html(file.f, &job->report);
	return whole_close(&file, 0);
}

/* After everything was asked, for what is redacted cannot be asked for; before anything is concluded, so that no sentence tells it. */
static void redact_facts(struct facts *facts)
{
	redact_answer(facts->leaks);
	for (size_t i = 0; i < facts->caches; i++) {
		redact_answer(facts->cache[i].before);
		redact_answer(facts->cache[i].after);
		redact_answer(facts->cache[i].trace);
		redact_answer(facts->cache[i].refs);
		redact_answer(facts->cache[i].holder_refs);
	}
}

static int diagnose(struct job *job)
{
	const struct diagnose_args *args = job->args;
	uint32_t interval = args->watch_ms / (WATCH_SAMPLES - 1);
	struct sample_origin origin;
	struct report_step *note;
	double begin = now_s();
	int status, error;

	status = check_watch(job->cli, job->run, interval, WATCH_SAMPLES, "watching memory");
	if (!job->run->count || status == CLI_FAILED)
		return status;
	note = note_step(job, "watching memory", "");
	if (note) {
		note->done = true;
		note->elapsed_ns = (uint64_t)(1e9 * (now_s() - begin));
	}
	for (size_t i = 0; args->redact && i < job->run->count; i++)
		redact_sample(job->run->now[i]);
	check_judge(job->run);
	job->facts.check = &job->run->verdict;
	job->facts.aliases = job->run->aliases;
	look(job);
	job->report.partial |= interrupt_seen();
	if (args->redact)
		redact_facts(&job->facts);
	for (size_t i = 0; args->redact && i < job->report.steps; i++)
		redact_text(job->report.step[i].why);
	diagnosis_make(&job->diagnosis, &job->facts);

	sample_origin_read(job->cli->root, &origin);
	memcpy(job->report.release, origin.release, sizeof(job->report.release));
	job->report.run = job->run;
	job->report.facts = &job->facts;
	job->report.diagnosis = &job->diagnosis;
	job->report.redacted = args->redact;
	answer(job);
	status = job->report.partial ? CLI_PARTIAL : CLI_OK;
	if (job->report.partial)
		cli_warn(job->cli, "interrupted: this is what was known by then");
	if (args->report) {
		error = write_report(job);
		if (error)
			status = cli_fail(job->cli, CLI_FAILED, "--report %s: %s", args->report, strerror(-error));
	}
	if (args->exit_code && status != CLI_FAILED && job->diagnosis.kind == VERDICT_LEAK)
		status = CLI_SUSPECT;
	return status;
}

static int run(struct cli *cli, int argc, char **argv)
{
	struct diagnose_args args = { .watch_ms = WATCH_MS };
	struct job *job;
	int rest, status = cli_parse(cli, argc, argv, &args, &rest);

	if (status >= 0)
		return status;
	job = calloc(1, sizeof(*job));
	if (!job)
		abort();
	job->cli = cli;
	job->args = &args;
	job->run = check_run_create();
	interrupt_begin();
	status = diagnose(job);
	interrupt_end();
	for (size_t i = 0; i < DIAGNOSIS_CACHES; i++) {
		json_decref(job->facts.cache[i].before);
		json_decref(job->facts.cache[i].after);
		json_decref(job->facts.cache[i].trace);
		json_decref(job->facts.cache[i].refs);
		json_decref(job->facts.cache[i].holder_refs);
	}
	json_decref(job->facts.leaks);
	check_run_free(job->run);
	free(job);
	return status;
}

const struct cli_verb cmd_diagnose = {
	.name = "diagnose",
	.brief = "just tell me",
	.options = options,
	.help = "Watches memory, looks for objects that nothing points to, and for each suspect\n"
		"cache: what is in it, what of it becomes more, who allocates it and does not\n"
		"free it, who still points to it. Then says whether it is a leak, of what, how\n"
		"sure that is and why, and what to do next. Takes one to four minutes.\n"
		"\n"
		"A step that this kernel cannot do is left out, and the answer says so. Ctrl-C\n"
		"gives what is known by then.\n"
		"\n"
		"Examples:\n"
		"  slabscan diagnose\n"
		"  slabscan diagnose --duration 200                   for a leak that is slow\n"
		"  slabscan diagnose --report leak.html --redact      a page to hand out\n",
	.run = run,
};
