/* SPDX-License-Identifier: GPL-2.0-only */
/*
 * interrupt.h - Ctrl-C ends the work, not the program
 *
 * Between interrupt_begin() and interrupt_end() the first SIGINT or SIGTERM makes interrupt_fd() readable; the second one kills as usual.
 * Pairs nest. Outside of them signals do what they always do.
 */
#ifndef SLABSCAN_INTERRUPT_H
#define SLABSCAN_INTERRUPT_H

#include <stdbool.h>
#include <stdint.h>

void interrupt_begin(void);
void interrupt_end(void);

/* To be polled for reading; never read it. -1 outside of a pair. */
int interrupt_fd(void);

/* True from the first signal to the outermost interrupt_end(). */
bool interrupt_seen(void);

/**
 * interrupt_sleep() - sleep so many milliseconds, or until a signal comes
 *
 * Return: true if the time is over, false after a signal.
 */
bool interrupt_sleep(uint64_t ms);

#endif
