// SPDX-License-Identifier: GPL-2.0-only
/*
 * report_svg.c - pictures of the report: growth, word maps, stacks as a flame graph
 */
#include <stdlib.h>
#include <string.h>

#include "out.h"
#include "report.h"
#include "step.h"

#define PLOT_W		760
#define PLOT_H		240
#define MARGIN		70
#define LINES_MAX	4
#define FLAME_W		1000
#define FLAME_ROW	18
#define FLAME_DEPTH	48
#define WORD_W		14
#define WORDS_MAX	512

static const char *const colours[LINES_MAX] = { "#c0392b", "#2471a3", "#b9770e", "#6c3483" };

/* Bytes of objects in use, above what they were at first. */
static double grown(const struct check_run *run, size_t i, const struct sample_cache *like)
{
	const struct sample_cache *first = sample_find_cache(run->now[0], like), *now = sample_find_cache(run->now[i], like);

	return now ? ((double)now->live - (first ? (double)first->live : 0)) * now->slot : 0;
}

/* The cache of a finding, as the samples know it. */
static const struct sample_cache *cache_of(const struct check_run *run, const char *name)
{
	const struct sample *last = run->now[run->count - 1];

	for (size_t i = 0; i < last->cache_count; i++)
		if (!strcmp(last->caches[i].name, name))
			return &last->caches[i];
	return NULL;
}

void report_growth(FILE *f, const struct check_run *run, const struct diagnosis *d)
{
	const struct sample_cache *line[LINES_MAX];
	char num[OUT_NUM_MAX];
	double low = 0, high = 4096, seconds;
	size_t lines = 0;

	if (run->count < 2)
		return;
	for (size_t i = 0; i < d->count && lines < LINES_MAX; i++) {
		const struct sample_cache *c = cache_of(run, d->findings[i].cache);
		bool known = !c;

		for (size_t k = 0; k < lines; k++)
			known |= line[k] == c;
		if (!known)
			line[lines++] = c;
	}
	if (!lines)
		return;
	for (size_t k = 0; k < lines; k++)
		for (size_t i = 0; i < run->count; i++) {
			double y = grown(run, i, line[k]);

			low = y < low ? y : low;
			high = y > high ? y : high;
		}
	seconds = (run->now[run->count - 1]->time_ns - run->now[0]->time_ns) / 1e9;
	fprintf(f, "<h2>Growth while it was watched</h2>\n<svg class=\"plot\" viewBox=\"0 0 %d %d\" role=\"img\" aria-label=\"growth\">\n", PLOT_W + MARGIN + 190,
		PLOT_H + 50);
	fprintf(f, "<rect x=\"%d\" y=\"10\" width=\"%d\" height=\"%d\" class=\"frame\"/>\n", MARGIN, PLOT_W, PLOT_H);
	for (int i = 0; i <= 4; i++) {
		double y = low + (high - low) * i / 4, at = 10 + PLOT_H - PLOT_H * (double)i / 4;

		fprintf(f, "<line x1=\"%d\" x2=\"%d\" y1=\"%.1f\" y2=\"%.1f\" class=\"grid\"/>", MARGIN, MARGIN + PLOT_W, at, at);
		fprintf(f, "<text x=\"%d\" y=\"%.1f\" text-anchor=\"end\">%s%s</text>\n", MARGIN - 6, at + 4, y < 0 ? "-" : "",
			out_fmt_bytes(num, (uint64_t)(y < 0 ? -y : y)));
	}
	fprintf(f, "<text x=\"%d\" y=\"%d\">0 s</text><text x=\"%d\" y=\"%d\" text-anchor=\"end\">%.0f s</text>\n", MARGIN, PLOT_H + 28,
		MARGIN + PLOT_W, PLOT_H + 28, seconds);
	for (size_t k = 0; k < lines; k++) {
		fprintf(f, "<polyline fill=\"none\" stroke=\"%s\" stroke-width=\"2\" points=\"", colours[k]);
		for (size_t i = 0; i < run->count; i++)
			fprintf(f, "%.1f,%.1f ", MARGIN + (seconds > 0 ? PLOT_W * ((run->now[i]->time_ns - run->now[0]->time_ns) / 1e9) / seconds : 0),
				10 + PLOT_H - PLOT_H * (grown(run, i, line[k]) - low) / (high - low));
		fprintf(f, "\"/><text x=\"%d\" y=\"%zu\" fill=\"%s\">", MARGIN + PLOT_W + 8, 24 + 18 * k, colours[k]);
		report_text(f, line[k]->name);
		fprintf(f, "</text>\n");
	}
	fprintf(f, "</svg>\n");
}

static const struct { const char *class, *colour, *text; } classes[] = {
	{ "zero", "#eeeeee", "zero" },
	{ "int", "#aed6f1", "small number" },
	{ "symbol", "#c0392b", "kernel symbol" },
	{ "slab", "#e59866", "slab pointer" },
	{ "self", "#f7dc6f", "pointer to itself" },
	{ "vmalloc", "#a9dfbf", "vmalloc" },
	{ "percpu", "#73c6b6", "per-CPU" },
	{ "page", "#d2b4de", "page" },
	{ "memmap", "#af7ac5", "struct page" },
	{ "poison", "#34495e", "poison" },
	{ "errptr", "#85929e", "error" },
	{ "text", "#58d68d", "text" },
	{ "data", "#bfc9ca", "data" },
};
#define CLASSES (sizeof(classes) / sizeof(*classes))

static const char *colour_of(const char *class)
{
	for (size_t i = 0; i < CLASSES; i++)
		if (!strcmp(classes[i].class, class))
			return classes[i].colour;
	return "#ffffff";
}

void report_words_style(FILE *f)
{
	fprintf(f, "<p class=\"legend\">");
	for (size_t i = 0; i < CLASSES; i++)
		fprintf(f, "<span style=\"background:%s\">&nbsp;&nbsp;</span> %s ", classes[i].colour, classes[i].text);
	fprintf(f, "</p>\n");
}

void report_word_map(FILE *f, const json_t *cluster)
{
	const json_t *words = answer_list(cluster, "words");
	size_t n = json_array_size(words);
	unsigned int last = 0;

	if (!n)
		return;
	for (size_t i = 0; i < n; i++) {
		uint64_t at = answer_u64(json_array_get(words, i), "offset") / 8;

		last = at > last && at < WORDS_MAX ? (unsigned int)at : last;
	}
	fprintf(f, "<svg class=\"map\" width=\"%u\" height=\"%u\">", (last < 64 ? last + 1 : 64) * WORD_W, (last / 64 + 1) * (WORD_W + 2));
	for (size_t i = 0; i < n; i++) {
		const json_t *w = json_array_get(words, i);
		uint64_t at = answer_u64(w, "offset") / 8;
		double share = answer_number(w, "share");

		if (at >= WORDS_MAX)
			continue;
		fprintf(f, "<rect x=\"%u\" y=\"%u\" width=\"%d\" height=\"%d\" fill=\"%s\" fill-opacity=\"%.2f\"><title>+0x%x ", (unsigned int)(at % 64) * WORD_W,
			(unsigned int)(at / 64) * (WORD_W + 2), WORD_W - 1, WORD_W, colour_of(answer_str(w, "class")), share > 0 ? 0.3 + 0.7 * share : 1,
			(unsigned int)at * 8);
		report_text(f, answer_str(w, "class"));
		if (answer_str(w, "symbol")[0]) {
			fputc(' ', f);
			report_text(f, answer_str(w, "symbol"));
		}
		fprintf(f, "</title></rect>");
	}
	fprintf(f, "</svg>\n");
}

static struct flame *flame_child(struct flame *parent, const char *name)
{
	struct flame *c;

	for (c = parent->child; c; c = c->sibling)
		if (!strncmp(c->name, name, sizeof(c->name) - 1))
			return c;
	c = calloc(1, sizeof(*c));
	if (!c)
		abort();
	snprintf(c->name, sizeof(c->name), "%s", name);
	c->sibling = parent->child;
	parent->child = c;
	return c;
}

/* "name+0x1c/0x40 [module]" without what differs from build to build. */
static void frame_name(char *buf, size_t size, const char *frame)
{
	size_t len = strcspn(frame, "+");
	const char *module = strstr(frame, " [");

	snprintf(buf, size, "%.*s%s", (int)(len < size ? len : size - 1), frame, frame[len] && module ? module : "");
}

struct flame *flame_make(const json_t *trace)
{
	const json_t *sites = answer_list(trace, "sites");
	struct flame *root = calloc(1, sizeof(*root));

	if (!root)
		abort();
	snprintf(root->name, sizeof(root->name), "all");
	for (size_t i = 0; i < json_array_size(sites); i++) {
		const json_t *site = json_array_get(sites, i), *stack = answer_list(site, "stack");
		uint64_t weight = answer_u64(site, "survivors");
		size_t depth = json_array_size(stack);
		struct flame *at = root;

		if (!weight || !depth)
			continue;
		root->weight += weight;
		/* The innermost frame comes first; it belongs on top. */
		for (size_t k = depth > FLAME_DEPTH ? FLAME_DEPTH : depth; k-- > 0; ) {
			const json_t *frame = json_array_get(stack, k);
			char name[128];

			frame_name(name, sizeof(name), json_is_string(frame) ? json_string_value(frame) : "?");
			at = flame_child(at, name);
			at->weight += weight;
		}
	}
	return root;
}

void flame_free(struct flame *root)
{
	while (root) {
		struct flame *next = root->sibling;

		flame_free(root->child);
		free(root);
		root = next;
	}
}

static unsigned int flame_depth(const struct flame *node)
{
	unsigned int most = 0;

	for (const struct flame *c = node->child; c; c = c->sibling) {
		unsigned int depth = flame_depth(c);

		most = depth > most ? depth : most;
	}
	return most + 1;
}

static void flame_draw(FILE *f, const struct flame *node, const struct flame *root, double x, unsigned int row, unsigned int rows)
{
	double width = FLAME_W * (double)node->weight / (double)root->weight;
	int chars = (int)(width / 7) - 1;

	if (width < 0.5)
		return;
	fprintf(f, "<g><title>");
	report_text(f, node->name);
	fprintf(f, ": %llu not freed (%.1f%%)</title><rect x=\"%.1f\" y=\"%u\" width=\"%.1f\" height=\"%d\" fill=\"hsl(%u,80%%,65%%)\"/>",
		(unsigned long long)node->weight, 100.0 * node->weight / root->weight, x, (rows - 1 - row) * FLAME_ROW, width, FLAME_ROW - 1,
		20 + (row * 37 + (unsigned char)node->name[0]) % 35);
	if (chars >= 3) {
		char label[128];

		snprintf(label, sizeof(label), "%.*s", chars < 127 ? chars : 127, node->name);
		fprintf(f, "<text x=\"%.1f\" y=\"%u\">", x + 3, (rows - 1 - row) * FLAME_ROW + 13);
		report_text(f, label);
		fprintf(f, "</text>");
	}
	fprintf(f, "</g>\n");
	for (const struct flame *c = node->child; c; c = c->sibling) {
		flame_draw(f, c, root, x, row + 1, rows);
		x += FLAME_W * (double)c->weight / (double)root->weight;
	}
}

void report_flames(FILE *f, const json_t *trace)
{
	struct flame *root = flame_make(trace);

	if (root->weight) {
		unsigned int rows = flame_depth(root);

		fprintf(f, "<svg class=\"flame\" viewBox=\"0 0 %d %u\">\n", FLAME_W, rows * FLAME_ROW);
		flame_draw(f, root, root, 0, 0, rows);
		fprintf(f, "</svg>\n");
	}
	flame_free(root);
}
