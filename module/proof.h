/* SPDX-License-Identifier: GPL-2.0-only */
#ifndef SLABSCAN_PROOF_H
#define SLABSCAN_PROOF_H

int slabscan_proof(void);

#endif /* SLABSCAN_PROOF_H */
