/* SPDX-License-Identifier: GPL-2.0-only */
/*
 * merged.h - a merged cache goes by one of its names: which is it, in truth?
 */
#ifndef SLABSCAN_MERGED_H
#define SLABSCAN_MERGED_H

#include "diagnosis.h"

/**
 * merged_name() - take a name for the objects from what is in them, or from who allocates them
 * @f: gets @here, if one name has something to speak for it, and a sentence of evidence; its function and cluster must be known by now
 * @facts: has the names
 *
 * Pure.
 */
void merged_name(struct finding *f, const struct facts *facts);

#endif
