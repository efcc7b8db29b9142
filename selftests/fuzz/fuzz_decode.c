// SPDX-License-Identifier: GPL-2.0-only
/*
 * fuzz_decode.c - any bytes as a message of the module: the CLI's decoder ends, and what it hands out lies inside the message
 */
#include <stdlib.h>
#include <string.h>

#include "../../cli/decode.c"

int LLVMFuzzerTestOneInput(const uint8_t *data, size_t size);

static const char *begin, *end;

static void inside(const char *text)
{
	if (text && (text < begin || text + strlen(text) >= end))
		abort();
}

int LLVMFuzzerTestOneInput(const uint8_t *data, size_t size)
{
	struct record rec;
	struct job_event ev;
	struct module_info info;

	begin = (const char *)data;
	end = begin + size;
	if (!decode_record(data, size, &rec)) {
		if (!is_record(rec.type) || rec.example_count > RECORD_EXAMPLES || rec.symbol_count > RECORD_SYMBOLS ||
		    rec.string_count > RECORD_STRINGS || rec.chase_count > RECORD_CHASES)
			abort();
		inside(rec.cache);
		inside(rec.name);
		inside(rec.message);
		inside(rec.text);
		inside(rec.symbol);
		inside(rec.target_cache);
		for (unsigned int i = 0; i < rec.symbol_count; i++)
			inside(rec.symbols[i]);
		for (unsigned int i = 0; i < rec.string_count; i++)
			inside(rec.strings[i].text);
		for (unsigned int i = 0; i < rec.chase_count; i++) {
			inside(rec.chases[i].symbol);
			for (unsigned int h = 0; h < rec.chases[i].hops; h++)
				inside(rec.chases[i].hop[h].cache);
		}
	}
	if (!decode_event(data, size, &ev))
		inside(ev.message);
	if (!decode_info(data, size, &info)) {
		inside(info.version);
		for (unsigned int i = 0; i < info.features; i++)
			inside(info.feature[i]);
	}
	return 0;
}
