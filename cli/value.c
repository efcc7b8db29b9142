// SPDX-License-Identifier: GPL-2.0-only
/*
 * value.c - numbers and names as people read them, and as JSON
 */
#include <inttypes.h>
#include <stdarg.h>
#include <stdio.h>
#include <stdlib.h>
#include <string.h>

#include <jansson.h>

#include "out.h"
#include "out_int.h"

/* jansson's integers are signed; what does not fit is a real with the same leading digits. */
static json_t *json_u64(uint64_t value)
{
	return value <= INT64_MAX ? json_integer((json_int_t)value) : json_real((double)value);
}

void out_add(char *buf, size_t size, const char *fmt, ...)
{
	size_t len = strlen(buf);
	va_list ap;

	va_start(ap, fmt);
	vsnprintf(buf + len, size - len, fmt, ap);
	va_end(ap);
}

const char *out_fmt_count(char buf[OUT_NUM_MAX], uint64_t count)
{
	char digits[OUT_NUM_MAX];
	int len = snprintf(digits, sizeof(digits), "%" PRIu64, count);
	char *to = buf;

	for (int i = 0; i < len; i++) {
		if (i && (len - i) % 3 == 0)
			*to++ = ',';
		*to++ = digits[i];
	}
	*to = 0;
	return buf;
}

const char *out_fmt_bytes(char buf[OUT_NUM_MAX], uint64_t bytes)
{
	static const char *const unit[] = { "B", "KiB", "MiB", "GiB", "TiB", "PiB", "EiB" };
	double scaled = (double)bytes;
	unsigned int u = 0;

	for (; scaled >= 1023.95 && u + 1 < sizeof(unit) / sizeof(*unit); u++)
		scaled /= 1024;
	if (u)
		snprintf(buf, OUT_NUM_MAX, "%.1f %s", scaled, unit[u]);
	else
		snprintf(buf, OUT_NUM_MAX, "%" PRIu64 " B", bytes);
	return buf;
}

const char *out_fmt_ppm(char buf[OUT_NUM_MAX], uint32_t ppm)
{
	/* "100%" and "0%" are said only of all and of none. */
	if (ppm == 0 || ppm == 1000000)
		snprintf(buf, OUT_NUM_MAX, "%u%%", ppm / 10000);
	else if (ppm < 500)
		snprintf(buf, OUT_NUM_MAX, "<0.1%%");
	else if (ppm > 999000 && ppm < 1000000)
		snprintf(buf, OUT_NUM_MAX, "99.9%%");
	else
		snprintf(buf, OUT_NUM_MAX, "%.1f%%", ppm / 10000.0);
	return buf;
}

const char *out_fmt_ns(char buf[OUT_NUM_MAX], uint64_t ns)
{
	double s = (double)ns / 1e9;

	if (s < 0.001)
		snprintf(buf, OUT_NUM_MAX, "%.3f ms", s * 1000);
	else if (s < 0.1)
		snprintf(buf, OUT_NUM_MAX, "%.3f s", s);
	else if (s < 60)
		snprintf(buf, OUT_NUM_MAX, "%.2f s", s);
	else if (s < 3600)
		snprintf(buf, OUT_NUM_MAX, "%u min %02u s", (unsigned int)s / 60, (unsigned int)s % 60);
	else
		snprintf(buf, OUT_NUM_MAX, "%u h %02u min", (unsigned int)(s / 3600), (unsigned int)(ns / 60000000000 % 60));
	return buf;
}

void out_u64(struct out *o, const char *key, const char *tmpl, uint64_t v)
{
	char buf[OUT_NUM_MAX];

	out_emit(o, key, tmpl, out_fmt_count(buf, v), json_u64(v));
}

void out_i64(struct out *o, const char *key, const char *tmpl, int64_t v)
{
	char buf[OUT_NUM_MAX], text[OUT_NUM_MAX + 1];

	snprintf(text, sizeof(text), "%s%s", v < 0 ? "-" : "", out_fmt_count(buf, v < 0 ? -(uint64_t)v : (uint64_t)v));
	out_emit(o, key, tmpl, text, json_integer(v));
}

void out_bytes(struct out *o, const char *key, const char *tmpl, uint64_t v)
{
	char buf[OUT_NUM_MAX];

	out_emit(o, key, tmpl, out_fmt_bytes(buf, v), json_u64(v));
}

void out_rate(struct out *o, const char *key, const char *tmpl, double v)
{
	char buf[OUT_NUM_MAX], text[OUT_NUM_MAX + 4];
	uint64_t whole = (uint64_t)(v < 0 ? -v : v);

	if (whole)
		snprintf(text, sizeof(text), "%c%s/s", v < 0 ? '-' : '+', out_fmt_bytes(buf, whole));
	else
		snprintf(text, sizeof(text), "0 B/s");
	out_emit(o, key, tmpl, text, json_real(v));
}

void out_ppm(struct out *o, const char *key, const char *tmpl, uint32_t v)
{
	char buf[OUT_NUM_MAX];

	out_emit(o, key, tmpl, out_fmt_ppm(buf, v), json_real(v / 1e6));
}

void out_ns(struct out *o, const char *key, const char *tmpl, uint64_t v)
{
	char buf[OUT_NUM_MAX];

	out_emit(o, key, tmpl, out_fmt_ns(buf, v), json_u64(v));
}

void out_addr(struct out *o, const char *key, const char *tmpl, uint64_t v)
{
	char buf[OUT_NUM_MAX];

	snprintf(buf, sizeof(buf), "0x%016" PRIx64, v);
	out_emit(o, key, tmpl, buf, json_string(buf));
}

void out_hex(struct out *o, const char *key, const char *tmpl, uint64_t v)
{
	char buf[OUT_NUM_MAX];

	snprintf(buf, sizeof(buf), "0x%" PRIx64, v);
	out_emit(o, key, tmpl, buf, json_string(buf));
}

void out_id(struct out *o, const char *key, const char *tmpl, uint32_t v)
{
	char buf[OUT_NUM_MAX];

	snprintf(buf, sizeof(buf), "%08" PRIx32, v);
	out_emit(o, key, tmpl, buf, json_string(buf));
}

void out_double(struct out *o, const char *key, const char *tmpl, double v)
{
	char buf[OUT_NUM_MAX];

	snprintf(buf, sizeof(buf), "%.2f", v);
	out_emit(o, key, tmpl, buf, json_real(v));
}

void out_str(struct out *o, const char *key, const char *tmpl, const char *v)
{
	char *safe;

	if (!v)
		return;
	safe = out_clean(v);
	out_emit(o, key, tmpl, safe, json_string(safe));
	free(safe);
}

void out_bool(struct out *o, const char *key, const char *tmpl, bool v)
{
	out_emit(o, key, v ? tmpl : NULL, "", json_boolean(v));
}
