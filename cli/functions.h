/* SPDX-License-Identifier: GPL-2.0-only */
/*
 * functions.h - the functions of the running kernel, by name
 */
#ifndef SLABSCAN_FUNCTIONS_H
#define SLABSCAN_FUNCTIONS_H

#include <stddef.h>

/**
 * functions_count() - are there such functions?
 * @root: prefix of /proc
 * @name: "function" or "module:function"
 * @near: gets "; did you mean ...?" if there is none but some that look like it, else ""
 * @size: of @near
 *
 * Return: how many; 1 also if /proc/kallsyms cannot be read: then the kernel will tell.
 */
unsigned int functions_count(const char *root, const char *name, char *near, size_t size);

#endif
