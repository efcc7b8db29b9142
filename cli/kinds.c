// SPDX-License-Identifier: GPL-2.0-only
/*
 * kinds.c - a kind of object through several answers
 */
#include <string.h>

#include "kinds.h"
#include "step.h"

#define TELLING		0.8	/* share of the members, as for the fingerprint */
#define AGREEING	0.5
#define MANY		6	/* pointers that are the same, counted from both sides */

static const char *print_of(const json_t *cluster)
{
	return answer_str(cluster, "fingerprint");
}

/* What is zero in some and a number in others says little. */
static bool is_pointer(const json_t *word)
{
	const char *class = answer_str(word, "class");

	return strcmp(class, "zero") != 0 && strcmp(class, "int") != 0 && strcmp(class, "data") != 0;
}

static const json_t *word_at(const json_t *words, uint64_t offset)
{
	for (size_t i = 0; i < json_array_size(words); i++)
		if (answer_u64(json_array_get(words, i), "offset") == offset)
			return json_array_get(words, i);
	return NULL;
}

/* Of the words of @a that tell what it is: how many are as much in @b, and how many contradict. */
static void compare(const json_t *a, const json_t *b, unsigned int *same, unsigned int *other)
{
	const json_t *words = answer_list(a, "words"), *list = answer_list(b, "words");

	for (size_t i = 0; i < json_array_size(words); i++) {
		const json_t *x = json_array_get(words, i), *y = word_at(list, answer_u64(x, "offset"));

		if (!is_pointer(x) || answer_number(x, "share") < TELLING)
			continue;
		if (y && !strcmp(answer_str(x, "class"), answer_str(y, "class")) && answer_number(y, "share") >= AGREEING &&
		    !strcmp(answer_str(json_object_get(x, "target"), "cache"), answer_str(json_object_get(y, "target"), "cache")) &&
		    !strcmp(answer_str(x, "symbol"), answer_str(y, "symbol")))
			(*same)++;
		else
			(*other)++;
	}
}

static bool alike(const json_t *a, const json_t *b, bool exactly)
{
	unsigned int same = 0, other = 0;

	compare(a, b, &same, &other);
	compare(b, a, &same, &other);
	return other ? !exactly && same >= MANY && same >= 3 * other : same >= 2;
}

bool kind_alike(const json_t *a, const json_t *b)
{
	return alike(a, b, false);
}

uint64_t kind_objects(const json_t *list, const json_t *cluster)
{
	uint64_t n = 0;

	for (size_t i = 0; i < json_array_size(list); i++)
		if (!strcmp(print_of(json_array_get(list, i)), print_of(cluster)) || kind_alike(json_array_get(list, i), cluster))
			n += answer_u64(json_array_get(list, i), "objects");
	return n;
}

const json_t *kind_by_fingerprint(const json_t *list, const char *fingerprint, const char *cache)
{
	for (size_t i = 0; i < json_array_size(list); i++) {
		const json_t *c = json_array_get(list, i);

		if (!strcmp(print_of(c), fingerprint) && (!cache || !strcmp(answer_str(c, "cache"), cache)))
			return c;
	}
	return NULL;
}

const json_t *kind_find(const json_t *list, const json_t *mine, const json_t *cluster, const char *cache)
{
	const json_t *found = kind_by_fingerprint(list, print_of(cluster), cache);

	for (size_t i = 0; i < json_array_size(list) && !found; i++) {
		const json_t *c = json_array_get(list, i);

		if ((cache && strcmp(answer_str(c, "cache"), cache) != 0) || kind_by_fingerprint(mine, print_of(c), NULL) || !alike(c, cluster, true))
			continue;
		/* Two of these, or two of mine that may be it: nobody knows. */
		for (size_t k = i + 1; k < json_array_size(list); k++)
			if ((!cache || !strcmp(answer_str(json_array_get(list, k), "cache"), cache)) && alike(json_array_get(list, k), cluster, true))
				return NULL;
		for (size_t k = 0; k < json_array_size(mine); k++)
			if (strcmp(print_of(json_array_get(mine, k)), print_of(cluster)) != 0 && alike(json_array_get(mine, k), c, true))
				return NULL;
		found = c;
	}
	return found;
}
