// SPDX-License-Identifier: GPL-2.0-only
/*
 * mark.c - reachability over all slab objects
 *
 * Marking as in any tracing collector, but of foreign memory and without an upper bound that it could afford: one bit an object tells what has
 * been reached, a list of fixed size what is still to be followed. An object that does not fit into the list gets a bit in a second bitmap;
 * when the list is empty that bitmap is swept for more. Objects that are not live have their first bit set from the start, so that the inner
 * loop needs to look at one bitmap only and can never follow them.
 *
 * Cost: each word of the roots and of reached objects once (objset.c). Sweeps only after an overflow: each follows at least as many objects
 * as the list holds, and costs one step for 64 objects.
 *
 * Several workers: the first bitmap is claimed by an atomic test-and-set, so each object is followed by exactly one of them; so is the second.
 * A worker that overflows sweeps afterwards until it finds nothing. So when all have said that they are done, nothing is left.
 */
#include "mark.h"

#define OBJECT_COST 64	/* budget: what an object costs besides its bytes */

void slabscan_mark_init(struct slabscan_mark *m, const struct slabscan_objset *set, unsigned long *marked, unsigned long *pending,
			slabscan_mark_read_t read, void *arg)
{
	m->set = set;
	m->marked = marked;
	m->pending = pending;
	m->read = read;
	m->arg = arg;
	m->search = NULL;
	m->poison = 0;
	m->text = U64_MAX;
	m->packed = NULL;
	m->claim.class = SLABSCAN_MARK_NO_CLAIM;
	m->request.tail = SLABSCAN_MARK_NO_REQUEST;
	m->absent = NULL;
	m->meet = NULL;
}

u32 slabscan_mark_live(struct slabscan_mark *m, u32 slab, const unsigned long *free)
{
	const struct slabscan_objset_slab *s = &m->set->slabs[slab];
	unsigned long live, *to = &m->marked[BIT_WORD(s->object)];
	u32 shift = s->object % BITS_PER_LONG, i, left, n = 0;

	for (i = 0; i < BITS_TO_LONGS((u32)s->nr); i++) {
		left = s->nr - i * BITS_PER_LONG;
		live = ~free[i];
		if (left < BITS_PER_LONG)
			live &= (1UL << left) - 1;
		n += hweight_long(live);
		to[i] &= ~(live << shift);
		if (shift && live >> (BITS_PER_LONG - shift))
			to[i + 1] &= ~(live >> (BITS_PER_LONG - shift));
	}
	return n;
}

void slabscan_marker_init(struct slabscan_marker *w, u64 *list, u32 max, void *buf, u32 buf_len)
{
	memset(w, 0, sizeof(*w));
	w->list = list;
	w->max = max;
	w->buf = buf;
	w->buf_len = buf_len;
}

/* list entries: an object and its slab */
static __always_inline u64 entry(u32 object, u32 slab)
{
	return (u64)slab << 32 | object;
}

static void reach(struct slabscan_mark *m, struct slabscan_marker *w, u32 object, u32 slab)
{
	/* mostly marked already: look before taking the cache line for writing */
	if (test_bit(object, m->marked) || test_and_set_bit(object, m->marked))
		return;
	w->reached++;
	if (w->listing && w->n < w->max) {
		w->list[w->n++] = entry(object, slab);
		return;
	}
	set_bit(object, m->pending);
	w->lost = true;
	w->overflows += w->listing;
}

/* Is there nothing more to do for this object? */
static __always_inline bool is_done(const struct slabscan_mark *m, u32 object, u64 place)
{
	if (!test_bit(object, m->marked))
		return false;
	if (m->absent && place && test_bit(object, m->absent))
		m->meet(m->arg, place);
	return true;
}

/* struct timer_list: next, which is poisoned, pprev, expires, function */
#define TIMER_WORDS 4

static bool is_timer(const struct slabscan_mark *m, u64 pprev, u64 function)
{
	return !pprev && function >= m->text;
}

bool slabscan_mark_is_stale(const struct slabscan_mark *m, const void *block, u32 len, u32 at)
{
	const u64 *word = (const u64 *)((const u8 *)block + at);

	return m->poison && len - at >= 16 && word[1] == m->poison && (len - at < 8 + TIMER_WORDS * 8 || !is_timer(m, word[2], word[4]));
}

void slabscan_mark_disclaim(const struct slabscan_mark *m, u32 class, void *copy, u32 len)
{
	const struct slabscan_mark_claim *c = &m->claim;
	u64 *words = copy, *word, theirs;
	u32 object;

	if (likely(class != c->class) || len < c->at + 8 || len < c->own + 8)
		return;
	word = &words[c->at / 8];
	/* other caches may be merged with this one, whose objects have something else there */
	if (*word % 8 || !words[c->own / 8] || words[c->own / 8] % SLABSCAN_OBJSET_PAGE)
		return;
	object = slabscan_objset_find(m->set, *word);
	if (object == SLABSCAN_OBJSET_NONE || m->set->slabs[slabscan_objset_slab_with(m->set, object)].class == class)
		return;
	if (m->read(m->arg, *word + c->theirs, &theirs, 8) == 8 && theirs != words[c->own / 8])
		*word = 0;
}

void slabscan_mark_roots(struct slabscan_mark *m, struct slabscan_marker *w, const void *block, u32 len)
{
	slabscan_mark_copy(m, w, 0, block, len);
}

void slabscan_mark_copy(struct slabscan_mark *m, struct slabscan_marker *w, u64 address, const void *block, u32 len)
{
	struct slabscan_objset_hit hits[SLABSCAN_OBJSET_BATCH] SLABSCAN_UNCLEARED;
	u32 i, n, at = 0;

	w->words += len / 8;
	while (at < len) {
		n = slabscan_objset_hits(m->set, block, len, &at, m->marked, hits);
		for (i = 0; i < n; i++)
			if (!is_done(m, hits[i].object, address ? address + hits[i].at : 0) && !slabscan_mark_is_stale(m, block, len, hits[i].at))
				reach(m, w, hits[i].object, hits[i].slab);
		w->hits += n;
	}
}

bool slabscan_mark_was_deleted(const struct slabscan_mark *m, u64 address, u32 len, u32 at)
{
	u64 word[TIMER_WORDS] = { 0 };

	if (!m->poison || len - at < 16 || m->read(m->arg, address + at + 8, word, 8) != 8 || word[0] != m->poison)
		return false;
	if (len - at < 8 + sizeof(word))
		return m->text == U64_MAX || (address + len) % SLABSCAN_OBJSET_PAGE;
	return m->read(m->arg, address + at + 8, word, sizeof(word)) != sizeof(word) || !is_timer(m, word[1], word[3]);
}

static bool peek(const struct slabscan_mark *m, u64 address, u64 *ret)
{
	return m->request.read(m->arg, address, ret, 8) == 8;
}

/* Foreign words are compared and never followed, but for the start of an object: what looks like a pointer may lead to the registers of a device. */
bool slabscan_mark_is_spent(const struct slabscan_mark *m, u64 address)
{
	const struct slabscan_mark_request *r = &m->request;
	u64 request = address - r->tail, queue, ctx, ref, per_cpu;
	u32 object, cpu;

	if (r->tail == SLABSCAN_MARK_NO_REQUEST || !peek(m, request + r->queue, &queue))
		return false;
	object = slabscan_objset_find(m->set, queue);
	if (object == SLABSCAN_OBJSET_NONE || slabscan_objset_address(m->set, object) != queue)
		return false;
	if (!peek(m, request + round_down(r->ref, 8), &ref) || (u32)(ref >> 8 * (r->ref % 8)))
		return false;
	if (!peek(m, request + r->ctx, &ctx) || !peek(m, queue + r->queue_ctx, &per_cpu) || !per_cpu)
		return false;
	for (cpu = 0; cpu < r->cpus; cpu++)
		if (ctx - per_cpu == r->cpu_offset[cpu])
			return true;
	return false;
}

static void mark_words(struct slabscan_mark *m, struct slabscan_marker *w, u64 address, u32 len, const struct slabscan_objset_word *words, u32 nr, bool root)
{
	struct slabscan_objset_hit hits[SLABSCAN_OBJSET_BATCH] SLABSCAN_UNCLEARED;
	u32 i, n, next = 0;

	w->words += len / 8;
	while (next < nr) {
		n = slabscan_objset_hits_of(m->set, words, nr, &next, m->marked, hits);
		w->hits += n;
		for (i = 0; i < n; i++) {
			if (is_done(m, hits[i].object, address + hits[i].at) || slabscan_mark_was_deleted(m, address, len, hits[i].at))
				continue;
			if (!root || !slabscan_mark_is_spent(m, address + hits[i].at))
				reach(m, w, hits[i].object, hits[i].slab);
		}
	}
}

void slabscan_mark_words(struct slabscan_mark *m, struct slabscan_marker *w, u64 address, u32 len, const struct slabscan_objset_word *words, u32 nr)
{
	mark_words(m, w, address, len, words, nr, true);
}

/*
 * Objects are followed in the order of a stack, but a few of them wait in a short queue while their memory is on its way (Cher, Hosking and
 * Vitek 2004). A prefetch can't fault, whatever the address; where addresses are not this machine's it is only useless.
 */
static void fetch_soon(struct slabscan_mark *m, struct slabscan_marker *w)
{
	u64 address, e;

	while (w->n && w->soon_n < SLABSCAN_MARK_SOON) {
		e = w->list[--w->n];
		address = slabscan_objset_address_in(m->set, upper_32_bits(e), lower_32_bits(e));
		prefetch((const void *)(unsigned long)address);
		if (slabscan_objset_size_in(m->set, upper_32_bits(e)) > 64)
			prefetch((const void *)(unsigned long)(address + 64));
		w->soon[(w->soon_at + w->soon_n++) % SLABSCAN_MARK_SOON] = e;
	}
}

/* Without words that point into the memory that they are from, which is marked: most do (empty lists, locks, timers). Returns how many are left. */
static u32 leave_own(struct slabscan_objset_word *words, u32 nr, u64 start, u64 len)
{
	u32 i, n = 0;

	for (i = 0; i < nr; i++) {
		words[n] = words[i];
		n += words[i].value - start >= len;
	}
	return n;
}

/* the content of an object: without a copy, or with one */
static void search(struct slabscan_mark *m, struct slabscan_marker *w, u64 address, u32 size)
{
	struct slabscan_objset_word *words = (struct slabscan_objset_word *)w->buf;
	u32 at, want;
	int n;

	for (at = 0; at < size; at += want) {
		want = min_t(u32, size - at, w->buf_len / sizeof(*words) * 8);
		n = m->search(m->arg, address + at, want, words);
		if (n < 0)
			w->unread += want;
		else
			mark_words(m, w, address + at, want, words, leave_own(words, n, address, size), false);
	}
}

void slabscan_mark_packed(struct slabscan_mark *m, struct slabscan_marker *w, const struct slabscan_objset_word *words, u32 nr)
{
	struct slabscan_objset_hit hits[SLABSCAN_OBJSET_BATCH] SLABSCAN_UNCLEARED;
	u32 i, n, next = 0;

	while (next < nr) {
		n = slabscan_objset_hits_of(m->set, words, nr, &next, m->marked, hits);
		for (i = 0; i < n; i++)
			reach(m, w, hits[i].object, hits[i].slab);
	}
}

/* The same words, but each from its middle to the middle of the next. */
static void search_packed(struct slabscan_mark *m, struct slabscan_marker *w, u64 start, u64 end)
{
	struct slabscan_objset_word *words = (struct slabscan_objset_word *)w->buf;
	u64 address;
	u32 want;
	int n;

	for (address = start + 4; address + 8 <= end; address += want) {
		want = min_t(u64, end - 4 - address, w->buf_len / sizeof(*words) * 8);
		n = m->search(m->arg, address, want, words);
		if (n > 0)
			slabscan_mark_packed(m, w, words, n);
	}
}

static bool is_packed(const struct slabscan_mark *m, u32 class)
{
	return m->packed && m->search && test_bit(class, m->packed);
}

static void copy(struct slabscan_mark *m, struct slabscan_marker *w, u32 class, u64 address, u32 size)
{
	u32 at, want;
	size_t got;

	for (at = 0; at < size; at += want) {
		want = min(size - at, w->buf_len);
		got = min_t(size_t, m->read(m->arg, address + at, w->buf, want), want);
		w->unread += want - got;
		if (!at)
			slabscan_mark_disclaim(m, class, w->buf, got);
		slabscan_mark_copy(m, w, address + at, w->buf, got);
	}
}

static void follow(struct slabscan_mark *m, struct slabscan_marker *w, u32 class, u64 address, u32 size)
{
	if (m->search && class != m->claim.class)
		search(m, w, address, size);
	else
		copy(m, w, class, address, size);
	if (is_packed(m, class))
		search_packed(m, w, address, address + size);
}

/* follow the one that has waited longest; returns what it cost */
static u64 follow_next(struct slabscan_mark *m, struct slabscan_marker *w)
{
	u64 e = w->soon[w->soon_at], address;
	u32 size, class;

	w->soon_at = (w->soon_at + 1) % SLABSCAN_MARK_SOON;
	w->soon_n--;
	size = round_down(slabscan_objset_size_in(m->set, upper_32_bits(e)), 8);
	address = slabscan_objset_address_in(m->set, upper_32_bits(e), lower_32_bits(e));

	class = m->set->slabs[upper_32_bits(e)].class;
	w->followed++;
	follow(m, w, class, address, size);
	return OBJECT_COST + size;
}

/*
 * What objects @object to @object + @nr of a slab lead to, read in one go. What lies between two objects is read, too, but counts as little as what is free:
 * where a word stands is looked up only if it leads to something new.
 */
static bool search_run(struct slabscan_mark *m, struct slabscan_marker *w, u32 slab, u32 object, u32 nr)
{
	struct slabscan_objset_word *words = (struct slabscan_objset_word *)w->buf;
	struct slabscan_objset_hit hits[SLABSCAN_OBJSET_BATCH] SLABSCAN_UNCLEARED;
	u32 size = round_down(slabscan_objset_size_in(m->set, slab), 8), want, left, next, i, n;
	u64 start = slabscan_objset_address_in(m->set, slab, object), address, from, at;
	u64 end = slabscan_objset_address_in(m->set, slab, object + nr - 1) + size;
	int found;

	for (address = start; address < end; address += want) {
		want = min_t(u64, end - address, w->buf_len / sizeof(*words) * 8);
		found = m->search(m->arg, address, want, words);
		if (found < 0)
			return false;
		left = leave_own(words, found, start, end - start);
		for (next = 0; next < left; ) {
			n = slabscan_objset_hits_of(m->set, words, left, &next, m->marked, hits);
			w->hits += n;
			for (i = 0; i < n; i++) {
				at = address + hits[i].at;
				if (is_done(m, hits[i].object, at))
					continue;
				from = slabscan_objset_address_in(m->set, slab, slabscan_objset_object_of(m->set, slab, at));
				if (at - from < size && !slabscan_mark_was_deleted(m, from, size, at - from))
					reach(m, w, hits[i].object, hits[i].slab);
			}
		}
	}
	w->words += (u64)nr * size / 8;
	if (is_packed(m, m->set->slabs[slab].class))
		search_packed(m, w, start, end);
	return true;
}

u32 slabscan_mark_slab(struct slabscan_mark *m, struct slabscan_marker *w, u32 slab)
{
	const struct slabscan_objset_slab *s = &m->set->slabs[slab];
	u32 size = round_down(slabscan_objset_size_in(m->set, slab), 8), end = s->object + s->nr, object = s->object, nr, i, n = 0;

	for (;;) {
		object = find_next_bit(m->pending, end, object);
		if (object >= end)
			break;
		for (nr = 0; object + nr < end && test_bit(object + nr, m->pending) && test_and_clear_bit(object + nr, m->pending); nr++)
			;
		/* another worker has taken it meanwhile */
		if (!nr)
			continue;
		/* what can't be read as a whole is read one by one */
		if (s->class == m->claim.class || !m->search || !search_run(m, w, slab, object, nr))
			for (i = 0; i < nr; i++)
				follow(m, w, s->class, slabscan_objset_address_in(m->set, slab, object + i), size);
		w->followed += nr;
		n += nr;
		object += nr;
	}
	return n;
}

/* move pending objects to the list until it is full; true while there may be more. Returns early when *@budget is used up */
static void sweep(struct slabscan_mark *m, struct slabscan_marker *w, u64 *budget)
{
	u64 end = slabscan_objset_bitmap_bytes(m->set->nr_objects) / sizeof(unsigned long);
	unsigned long bits;
	u32 object;

	while (w->sweep < end) {
		bits = READ_ONCE(m->pending[w->sweep]);
		while (bits && w->n < w->max) {
			object = w->sweep * BITS_PER_LONG + __ffs(bits);
			bits &= bits - 1;
			if (test_and_clear_bit(object, m->pending))
				w->list[w->n++] = entry(object, slabscan_objset_slab_with(m->set, object));
		}
		if (w->n == w->max)
			return;
		w->sweep++;
		if (*budget <= sizeof(unsigned long)) {
			*budget = 0;
			return;
		}
		*budget -= sizeof(unsigned long);
	}
	w->sweeping = false;
}

bool slabscan_mark_step(struct slabscan_mark *m, struct slabscan_marker *w, u64 budget)
{
	u64 cost;

	w->listing = true;
	for (;;) {
		fetch_soon(m, w);
		while (w->soon_n) {
			if (!budget)
				return false;
			cost = follow_next(m, w);
			budget -= min(budget, cost);
			fetch_soon(m, w);
		}
		if (!w->sweeping) {
			if (!w->lost)
				return true;
			/* before the sweep, so that what is lost from here on starts another one */
			w->lost = false;
			w->sweeping = true;
			w->sweep = 0;
		}
		if (!budget)
			return false;
		sweep(m, w, &budget);
	}
}
