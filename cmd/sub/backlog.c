/* SPDX-License-Identifier: MIT */
#include "cmd/sub/backlog.h"

#include <errno.h>
#include <fcntl.h>
#include <stdlib.h>
#include <string.h>
#include <sys/queue.h>
#include <unistd.h>

#include "common/base/map.h"
#include "common/base/auto.h"
#include "common/base/mem.h"
#include "common/pubsub/held.h"

struct entry {
	TAILQ_ENTRY(entry) link;
	struct entry *before, *after; /* of the same id */
	unsigned long number;
	bool covered, behind_hole;
	struct held *held;	/* without its payload where that is in the file */
	size_t len;		/* of the payload in the file; 0: it is with @held */
	off_t at;
	uint64_t key;		/* of id and payload; 0: no item */
};

struct backlog {
	TAILQ_HEAD(entries, entry) entries;
	struct map ids, items;	/* to the last entry of an id; of an id with this payload */
	unsigned long number;	/* of the last entry */
	size_t count;
	unsigned long purge;	/* of the first purge; 0: none */
	size_t bytes;		/* of payloads in memory */
	int fd;			/* -1: no file yet */
	off_t end;
	char *payload;		/* of the first, read back */
};

struct backlog *backlog_new(void)
{
	struct backlog *b = mem_zalloc(sizeof(*b));

	TAILQ_INIT(&b->entries);
	b->fd = -1;
	return b;
}

void backlog_free(struct backlog *b)
{
	if (!b)
		return;
	while (!backlog_is_empty(b))
		backlog_pop(b);
	if (b->fd >= 0)
		close(b->fd);
	free(b);
}

static uint64_t id_key(const char *id)
{
	return map_hash(id, strlen(id), NULL, 0);
}

static uint64_t item_key(const struct event *item)
{
	return map_hash(item->id, strlen(item->id), item->payload, item->payload_len);
}

static struct entry *entry_at(const struct map *m, uint64_t key)
{
	struct map_slot *slot = map_get(m, key);

	return slot ? (struct entry *)(uintptr_t)slot->value : NULL;
}

static void index_add(struct backlog *b, struct entry *entry, const struct event *e)
{
	struct map_slot *slot;

	if (e->kind == EVENT_PURGE && !b->purge)
		b->purge = entry->number;
	if (!e->id)
		return;
	slot = map_put(&b->ids, id_key(e->id));
	entry->before = (struct entry *)(uintptr_t)slot->value;
	if (entry->before)
		entry->before->after = entry;
	slot->value = (uintptr_t)entry;
	if (e->kind != EVENT_ITEM)
		return;
	entry->key = item_key(e);
	map_put(&b->items, entry->key)->value = (uintptr_t)entry;
}

static void index_remove(struct backlog *b, struct entry *entry, const struct event *e)
{
	if (entry->after)
		entry->after->before = NULL;
	else if (e->id)
		map_get(&b->ids, id_key(e->id))->value = 0;
	if (entry->key && entry_at(&b->items, entry->key) == entry)
		map_get(&b->items, entry->key)->value = 0;
}

/* The same item, published again, has another place in the archive. */
static bool is_another(const struct entry *entry, const struct event *item)
{
	const char *place = held_event(entry->held).archive_id;

	return place && item->archive_id && strcmp(place, item->archive_id) != 0;
}

/* The last that is @item and waits; NULL: none. */
static struct entry *find(const struct backlog *b, const struct event *item)
{
	uint64_t key = item->id ? item_key(item) : 0;
	struct entry *entry = key ? entry_at(&b->items, key) : NULL;

	while (entry && (entry->key != key || is_another(entry, item)))
		entry = entry->before;
	return entry && !entry->covered ? entry : NULL;
}

bool backlog_holds(const struct backlog *b, const struct event *item)
{
	return find(b, item);
}

enum backlog_cover backlog_cover(struct backlog *b, const struct event *item)
{
	struct entry *entry = find(b, item);

	if (!entry)
		return BACKLOG_WITHOUT;
	if (b->purge && b->purge < entry->number)
		return BACKLOG_LEAVE;
	for (; entry; entry = entry->before)
		entry->covered = true;
	return BACKLOG_COVERED;
}

void backlog_add_hole(struct backlog *b)
{
	TAILQ_LAST(&b->entries, entries)->behind_hole = true;
}

bool backlog_has_hole(const struct backlog *b)
{
	return TAILQ_FIRST(&b->entries)->behind_hole;
}

void backlog_fill_hole(struct backlog *b)
{
	TAILQ_FIRST(&b->entries)->behind_hole = false;
}

static int open_file(void)
{
	const char *dir = getenv("TMPDIR");
	AUTO_FREE char *path = mem_printf("%s/pubsub-sub-XXXXXX", dir && *dir ? dir : "/tmp");
	int fd = mkostemp(path, O_CLOEXEC);

	if (fd < 0)
		return -errno;
	unlink(path);
	return fd;
}

static int spill(struct backlog *b, const char *p, size_t len)
{
	if (b->fd < 0) {
		int fd = open_file();

		if (fd < 0)
			return fd;
		b->fd = fd;
	}
	for (size_t n = 0; n < len;) {
		ssize_t r = pwrite(b->fd, p + n, len - n, b->end + (off_t)n);

		if (r < 0 && errno != EINTR)
			return -errno;
		n += r > 0 ? (size_t)r : 0;
	}
	return 0;
}

int backlog_push(struct backlog *b, const struct event *e)
{
	struct event kept = *e;
	struct entry *entry;
	size_t spilled = 0;

	if (e->payload && b->bytes + e->payload_len > BACKLOG_MEMORY) {
		int r = spill(b, e->payload, e->payload_len);

		if (r)
			return r;
		spilled = e->payload_len;
		kept.payload = NULL;
		kept.payload_len = 0;
	}
	entry = mem_zalloc(sizeof(*entry));
	entry->held = held_new(&kept);
	entry->number = ++b->number;
	entry->len = spilled;
	entry->at = b->end;
	b->end += (off_t)spilled;
	b->bytes += kept.payload_len;
	index_add(b, entry, e);
	TAILQ_INSERT_TAIL(&b->entries, entry, link);
	b->count++;
	return 0;
}

static int read_back(struct backlog *b, const struct entry *entry)
{
	AUTO_FREE char *payload = mem_alloc(entry->len + 1);

	for (size_t n = 0; n < entry->len;) {
		ssize_t r = pread(b->fd, payload + n, entry->len - n, entry->at + (off_t)n);

		if (r == 0 || (r < 0 && errno != EINTR))
			return r ? -errno : -EIO;
		n += r > 0 ? (size_t)r : 0;
	}
	payload[entry->len] = '\0';
	free(b->payload);
	b->payload = steal(payload);
	return 0;
}

int backlog_first(struct backlog *b, struct event *ret)
{
	struct entry *entry = TAILQ_FIRST(&b->entries);
	struct event e = held_event(entry->held);

	if (entry->len) {
		int r = b->payload ? 0 : read_back(b, entry);

		if (r)
			return r;
		e.payload = b->payload;
		e.payload_len = entry->len;
	}
	*ret = e;
	return 0;
}

void backlog_pop(struct backlog *b)
{
	struct entry *entry = TAILQ_FIRST(&b->entries);
	struct event e = held_event(entry->held);

	TAILQ_REMOVE(&b->entries, entry, link);
	b->count--;
	index_remove(b, entry, &e);
	b->bytes -= e.payload_len;
	held_free(entry->held);
	free(entry);
	free(b->payload);
	b->payload = NULL;
	if (!TAILQ_EMPTY(&b->entries))
		return;
	map_clear(&b->ids);
	map_clear(&b->items);
	b->purge = 0;
	b->end = 0;
	if (b->fd >= 0 && ftruncate(b->fd, 0)) { /* then it only stays larger than it need be */
	}
}

size_t backlog_count(const struct backlog *b)
{
	return b->count;
}

bool backlog_is_empty(struct backlog *b)
{
	while (!TAILQ_EMPTY(&b->entries) && TAILQ_FIRST(&b->entries)->covered)
		backlog_pop(b);
	return TAILQ_EMPTY(&b->entries);
}
