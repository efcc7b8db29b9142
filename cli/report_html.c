// SPDX-License-Identifier: GPL-2.0-only
/*
 * report_html.c - a diagnosis as one HTML page
 */
#include <string.h>

#include "account.h"
#include "out.h"
#include "report.h"
#include "step.h"

#define WORDS_SHOWN	48

void report_text(FILE *f, const char *text)
{
	for (; *text; text++) {
		switch (*text) {
		case '<':
			fputs("&lt;", f);
			break;
		case '>':
			fputs("&gt;", f);
			break;
		case '&':
			fputs("&amp;", f);
			break;
		case '"':
			fputs("&quot;", f);
			break;
		default:
			fputc(*text >= 0x20 && *text < 0x7f ? *text : '.', f);
		}
	}
}

static const char style[] =
	"body{font:15px/1.5 sans-serif;max-width:1080px;margin:2em auto;padding:0 1em;color:#222}"
	"h1{font-size:1.5em}h2{font-size:1.15em;margin-top:2em;border-bottom:1px solid #ccc}"
	"table{border-collapse:collapse;margin:.7em 0}td,th{padding:.15em .8em .15em 0;text-align:left;vertical-align:top}"
	"td.n,th.n{text-align:right;font-variant-numeric:tabular-nums}code,.mono{font-family:monospace;font-size:.93em}"
	".verdict{padding:.7em 1em;border-left:6px solid;background:#f6f6f6}.leak{border-color:#c0392b}.undecided{border-color:#d68910}"
	".no-leak{border-color:#1e8449}.plot text,.flame text{font:12px sans-serif}.frame{fill:none;stroke:#999}.grid{stroke:#e5e5e5}"
	".map{display:block;margin:.5em 0}.legend{font-size:.85em}.small{color:#666;font-size:.87em}svg.plot,svg.flame{width:100%;height:auto}";

static void row_text(FILE *f, const char *class, const char *text)
{
	fprintf(f, "<td%s%s%s>", class ? " class=\"" : "", class ? class : "", class ? "\"" : "");
	report_text(f, text);
	fprintf(f, "</td>");
}

static void words_table(FILE *f, const json_t *cluster)
{
	const json_t *words = answer_list(cluster, "words");
	size_t n = json_array_size(words), shown = 0;
	bool in_text = false;
	char buf[64];

	if (!n)
		return;
	fprintf(f, "<table><tr><th>offset</th><th>class</th><th class=\"n\">in</th><th class=\"n\">values</th><th>what</th></tr>\n");
	for (size_t i = 0; i < n && shown < WORDS_SHOWN; i++) {
		const json_t *w = json_array_get(words, i), *target = json_object_get(w, "target"), *chase = answer_list(w, "chase");

		/* Of a text that goes on over many words the first one stands for all; the whole is in the evidence. */
		if (!strcmp(answer_str(w, "class"), "zero") || (in_text && !strcmp(answer_str(w, "class"), "text")))
			continue;
		in_text = !strcmp(answer_str(w, "class"), "text");
		shown++;
		fprintf(f, "<tr><td class=\"mono\">+0x%02x</td>", (unsigned int)answer_u64(w, "offset"));
		row_text(f, NULL, answer_str(w, "class"));
		fprintf(f, "<td class=\"n\">%.0f%%</td><td class=\"n\">%llu</td><td class=\"mono\">", 100 * answer_number(w, "share"),
			(unsigned long long)answer_u64(w, "distinct"));
		/* The value of a symbol is its address, which says less. */
		report_text(f, answer_str(w, "symbol")[0] ? answer_str(w, "symbol") : answer_str(w, "text")[0] ? answer_str(w, "text") : answer_str(w, "value"));
		if (target) {
			report_text(f, answer_str(target, "cache"));
			snprintf(buf, sizeof(buf), " +0x%x", (unsigned int)answer_u64(target, "offset"));
			report_text(f, buf);
		}
		for (size_t k = 0; k < json_array_size(chase) && k < 2; k++) {
			fprintf(f, " &rarr; ");
			report_text(f, answer_str(json_array_get(chase, k), "symbol"));
		}
		fprintf(f, "</td></tr>\n");
	}
	fprintf(f, "</table>\n");
}

static void finding(FILE *f, const struct report *r, const struct finding *x, size_t number)
{
	const struct cache_facts *c = NULL;
	char num[OUT_NUM_MAX], count[OUT_NUM_MAX], unref[OUT_NUM_MAX];

	for (size_t i = 0; i < r->facts->caches; i++)
		if (!strcmp(r->facts->cache[i].name, x->cache))
			c = &r->facts->cache[i];
	fprintf(f, "<h2>%zu. ", number);
	report_text(f, x->cache);
	fprintf(f, "%s%s: %s (confidence %.2f)</h2>\n", x->fingerprint[0] ? ", objects " : "", x->fingerprint, verdict_key(x->kind), x->confidence);
	fprintf(f, "<p>%s objects, %s; unreferenced: %s", out_fmt_count(count, x->objects), out_fmt_bytes(num, x->bytes),
		r->facts->leaks ? out_fmt_count(unref, x->unreferenced) : "not known");
	if (x->who[0]) {
		fprintf(f, "; allocated by <code>");
		report_text(f, x->who);
		fprintf(f, "</code>");
	}
	fprintf(f, "</p>\n<ul>\n");
	for (size_t i = 0; i < x->evidence_count; i++) {
		fprintf(f, "<li>");
		report_text(f, x->evidence[i]);
		fprintf(f, "</li>\n");
	}
	fprintf(f, "</ul>\n");
	report_word_map(f, x->cluster);
	words_table(f, x->cluster);
	/* One graph a cache, at its first finding. */
	for (size_t i = 0; i + 1 < number; i++)
		if (!strcmp(r->diagnosis->findings[i].cache, x->cache))
			return;
	if (c && c->trace && json_array_size(answer_list(c->trace, "sites"))) {
		fprintf(f, "<h3>Who allocates and does not free</h3>\n");
		report_flames(f, c->trace);
	}
}

static void accounting(FILE *f, const struct check_run *run)
{
	struct account first, last;
	char num[OUT_NUM_MAX], change[OUT_NUM_MAX];

	if (!run->count)
		return;
	account_make(&first, run->now[0]);
	account_make(&last, run->now[run->count - 1]);
	fprintf(f, "<h2>What memory is used for</h2>\n<table><tr><th></th><th class=\"n\">bytes</th><th class=\"n\">change</th></tr>\n");
	for (int i = 0; i < ACCOUNT_USES; i++) {
		int64_t by = (int64_t)(last.bytes[i] - first.bytes[i]);

		if (!(last.known >> i & 1))
			continue;
		fprintf(f, "<tr><td>%s</td><td class=\"n\">%s</td><td class=\"n\">%s%s</td></tr>\n", account_text(i), out_fmt_bytes(num, last.bytes[i]),
			by < 0 ? "-" : by ? "+" : "", by ? out_fmt_bytes(change, by < 0 ? -(uint64_t)by : (uint64_t)by) : "");
	}
	fprintf(f, "</table>\n");
}

void report_html(FILE *f, const struct report *r)
{
	const struct diagnosis *d = r->diagnosis;

	fprintf(f, "<!DOCTYPE html>\n<html lang=\"en\"><head><meta charset=\"utf-8\"><meta http-equiv=\"Content-Security-Policy\" "
		"content=\"default-src 'none'; style-src 'unsafe-inline'\"><title>slabscan diagnose</title><style>%s</style></head><body>\n", style);
	fprintf(f, "<h1>Kernel memory: %s</h1>\n<div class=\"verdict %s\"><strong>", verdict_key(d->kind), verdict_key(d->kind));
	report_text(f, d->summary);
	fprintf(f, "</strong><br>class %s, confidence %.2f%s</div>\n", class_name(d->class), d->confidence,
		r->partial ? ". <strong>It was interrupted: this is what was known by then.</strong>" : "");
	fprintf(f, "<p class=\"small\">Linux ");
	report_text(f, r->release);
	fprintf(f, ". Kinds of objects are told apart by a fingerprint, which is the same on other hosts and after a reboot.%s</p>\n",
		r->redacted ? " Addresses, text and numbers found in memory and names of processes were taken out." :
		" This page tells addresses and contents of kernel memory; --redact takes them out.");
	report_growth(f, r->run, d);
	if (d->count) {
		fprintf(f, "<h2>Suspects</h2>\n");
		report_words_style(f);
	}
	for (size_t i = 0; i < d->count; i++)
		finding(f, r, &d->findings[i], i + 1);
	fprintf(f, "<h2>What else was seen</h2>\n<ul>\n");
	for (size_t i = 0; i < r->run->verdict.evidence_count; i++) {
		fprintf(f, "<li>");
		report_text(f, r->run->verdict.evidence[i]);
		fprintf(f, "</li>\n");
	}
	fprintf(f, "</ul>\n");
	accounting(f, r->run);
	fprintf(f, "<h2>What was done</h2>\n<table>\n");
	for (size_t i = 0; i < r->steps; i++) {
		fprintf(f, "<tr>");
		row_text(f, NULL, r->step[i].name);
		fprintf(f, "<td class=\"n\">%.1f s</td>", r->step[i].elapsed_ns / 1e9);
		row_text(f, NULL, r->step[i].done ? (r->step[i].why[0] ? r->step[i].why : "done") : r->step[i].why);
		fprintf(f, "</tr>\n");
	}
	fprintf(f, "</table>\n</body></html>\n");
}
