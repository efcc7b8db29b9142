// SPDX-License-Identifier: GPL-2.0-only
/*
 * Requests of a block device that nobody sees: what biotail points to is held while the request is in use, and not when it is free.
 */
#include <linux/blk-mq.h>
#include <linux/blkdev.h>
#include <linux/err.h>
#include <linux/version.h>
#include <linux/vmalloc.h>

#include "test.h"

struct request_hold {
	struct blk_mq_tag_set set;
	struct request_queue *queue;
	unsigned int nr;
	struct request *requests[];
};

static blk_status_t queue_rq(struct blk_mq_hw_ctx *hctx, const struct blk_mq_queue_data *data)
{
	return BLK_STS_IOERR;
}

static const struct blk_mq_ops queue_ops = {
	.queue_rq = queue_rq,
};

static struct request_queue *queue_create(struct blk_mq_tag_set *set)
{
#if LINUX_VERSION_CODE >= KERNEL_VERSION(6, 9, 0)	/* 9ac4dd8c47d5 */
	return blk_mq_alloc_queue(set, NULL, NULL);
#else
	return blk_mq_init_queue(set);
#endif
}

static void queue_destroy(struct request_queue *queue)
{
#if LINUX_VERSION_CODE >= KERNEL_VERSION(6, 1, 0)	/* 2b3f056f72e5 */
	blk_mq_destroy_queue(queue);
	blk_put_queue(queue);
#else
	blk_cleanup_queue(queue);
#endif
}

static void request_exit(struct test_batch *batch)
{
	struct request_hold *hold = batch->hold;
	unsigned int i;

	if (!hold)
		return;
	for (i = 0; i < hold->nr; i++)
		if (hold->requests[i])
			blk_mq_free_request(hold->requests[i]);
	queue_destroy(hold->queue);
	blk_mq_free_tag_set(&hold->set);
	vfree(hold);
	batch->hold = NULL;
}

static int request_init(struct test_batch *batch)
{
	struct request_hold *hold;
	struct request *rq;
	int err;

	if (batch->count > BLK_MQ_MAX_DEPTH)
		return -ENOSPC;
	hold = vzalloc(struct_size(hold, requests, batch->count));
	if (!hold)
		return -ENOMEM;
	hold->set.ops = &queue_ops;
	hold->set.nr_hw_queues = 1;
	hold->set.queue_depth = batch->count;
	hold->set.numa_node = NUMA_NO_NODE;
	err = blk_mq_alloc_tag_set(&hold->set);
	if (err)
		goto free;
	hold->queue = queue_create(&hold->set);
	err = PTR_ERR_OR_ZERO(hold->queue);
	if (err)
		goto free_set;
	batch->hold = hold;
	/* all or none: what was got goes back with the batch */
	while (hold->nr < batch->count) {
		rq = blk_mq_alloc_request(hold->queue, REQ_OP_DRV_IN, BLK_MQ_REQ_NOWAIT);
		if (IS_ERR(rq))
			return PTR_ERR(rq);
		hold->requests[hold->nr++] = rq;
	}
	return 0;

free_set:
	blk_mq_free_tag_set(&hold->set);
free:
	vfree(hold);
	return err;
}

static int request_add(struct test_batch *batch, unsigned int index, void *object)
{
	struct request_hold *hold = batch->hold;

	hold->requests[index]->biotail = object;
	return 0;
}

static int over_add(struct test_batch *batch, unsigned int index, void *object)
{
	struct request_hold *hold = batch->hold;

	request_add(batch, index, object);
	blk_mq_free_request(hold->requests[index]);
	hold->requests[index] = NULL;
	return 0;
}

static void request_del(struct test_batch *batch, unsigned int index, void *object)
{
	struct request_hold *hold = batch->hold;

	if (hold->requests[index])
		hold->requests[index]->biotail = NULL;
}

const struct test_holder test_holder_request = { "request", 8, true, request_init, request_add, request_del, request_exit };
const struct test_holder test_holder_over = { "over", 8, false, request_init, over_add, request_del, request_exit };
