/* SPDX-License-Identifier: GPL-2.0-only */
/*
 * functions.h - the functions of the running kernel, by name
 */
#ifndef SLABSCAN_FUNCTIONS_H
#define SLABSCAN_FUNCTIONS_H

#include <stdbool.h>
#include <stddef.h>

/**
 * functions_has() - is there such a function?
 * @root: prefix of /proc
 * @name: "function" or "module:function"
 * @near: gets "; did you mean ...?" if there is none but some that look like it, else ""
 * @size: of @near
 *
 * Return: true if there is one, and also if /proc/kallsyms cannot be read: then the kernel will tell.
 */
bool functions_has(const char *root, const char *name, char *near, size_t size);

#endif
