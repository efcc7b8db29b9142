/* SPDX-License-Identifier: GPL-2.0-only */
/*
 * slabload: the workloads. Each function gets what stands behind the verb on the command line and returns an exit status; each
 * does its events at the pace that pace() sets.
 */
#ifndef SLABLOAD_H
#define SLABLOAD_H

/* Print "slabload: WHAT: strerror(errno)" and exit with 2. */
void die(const char *what) __attribute__((noreturn));

/* A positive number, or exit with 1. */
unsigned long number(const char *text);

/* Called after each event: sleeps so that at most $CASE_RATE events a second are made; without it, full speed. */
void pace(void);

/* load_fs.c */
int load_inotify(int argc, char **argv);
int load_mounts(int argc, char **argv);
int load_dentries(int argc, char **argv);
int load_files(int argc, char **argv);
int load_xattrs(int argc, char **argv);

/* load_obj.c */
int load_objects(int argc, char **argv);

/* load_net.c */
int load_sctp(int argc, char **argv);
int load_sockets(int argc, char **argv);
int load_udp_spray(int argc, char **argv);

/* load_ovs.c */
int load_ovs(int argc, char **argv);

/* load_mem.c */
int load_keys(int argc, char **argv);
int load_hog(int argc, char **argv);
int load_threads(int argc, char **argv);
int load_hold(int argc, char **argv);
int load_latency(int argc, char **argv);

#endif
