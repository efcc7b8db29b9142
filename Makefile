# SPDX-License-Identifier: GPL-2.0-only
#
# The people's entry: `make help`. What the module is made of stands in Kbuild.

KDIR ?= /lib/modules/$(shell uname -r)/build
PREFIX ?= /usr/local
KERNEL ?= 6.1
VERSION := $(shell sed -n 's/^slabscan-version := //p' Kbuild)

MINUTES ?= 10
OBJECTS ?= 419440512

.DEFAULT_GOAL := all

## Build

all: cli module ## the command and the module for the running kernel

module: ## slabscan.ko, for the kernel of KDIR
	@test -e "$(KDIR)/Makefile" || { \
		echo "There are no headers for this kernel at $(KDIR)."; \
		echo "Install linux-headers-$$(uname -r), or name another kernel: make module KDIR=/lib/modules/RELEASE/build"; \
		echo "'make cli' needs none; 'make modules-for KERNEL=6.1' fetches a stock Debian kernel's."; \
		exit 1; } >&2
	$(MAKE) -C "$(KDIR)" M="$(CURDIR)" modules

modules-for: ## slabscan.ko and the test modules for stock Debian KERNEL, in the cache
	scripts/build-module $(KERNEL)

# V=1 shows the commands as they are run.
Q := $(if $(filter 1,$(V)),,@)

# The command. Libraries by pkg-config; our own builds take no warning.
CFLAGS ?= -O2 -g
cli-packages := libmnl jansson
cli-objects := $(patsubst %.c,%.o,$(sort $(wildcard cli/*.c)))
cli-cflags := -std=gnu11 -D_GNU_SOURCE -Wall -Wextra -Wstrict-prototypes -Wmissing-prototypes -Werror -MMD -MP \
	-Iinclude/uapi -DSLABSCAN_VERSION='"$(VERSION)"' $(shell pkg-config --cflags $(cli-packages) 2>/dev/null)

cli: cli/slabscan ## cli/slabscan, the command

cli/slabscan: $(cli-objects)
	@echo '  LD      $@'
	$(Q)$(CC) $(CFLAGS) $(LDFLAGS) -o $@ $^ $$(pkg-config --libs $(cli-packages)) -lm

$(cli-objects): %.o: %.c Kbuild | cli-libraries
	@echo '  CC      $@'
	$(Q)$(CC) $(cli-cflags) $(CPPFLAGS) $(CFLAGS) -c -o $@ $<

cli-libraries:
	@pkg-config --exists $(cli-packages) || { \
		echo "libmnl or jansson is missing: run 'make deps', or install libmnl-dev and libjansson-dev" >&2; exit 1; }

-include $(cli-objects:.o=.d)

## Try

demo: ## a stock 6.1 guest in which real kernel code leaks, and what slabscan says
	@scripts/deps
	@$(MAKE) --no-print-directory cli
	@selftests/vm/run --kernel $(KERNEL) --live --plain selftests/guest/demo.sh

vm: cli ## a shell in a guest of KERNEL, with the module loaded
	selftests/vm/run --kernel $(KERNEL)

vm-run: cli ## run SCRIPT in a guest of KERNEL
	@test -n "$(SCRIPT)" || { echo "usage: make vm-run SCRIPT=path [KERNEL=6.1]" >&2; exit 2; }
	selftests/vm/run --kernel $(KERNEL) --live $(SCRIPT)

## Test

deps: ## install the Debian packages that building and testing need (root)
	scripts/deps

check: ## unit tests, static checks, and guests of 6.1, 6.12 and 7.2
	scripts/check

unit: ## the unit tests of module/core alone
	selftests/unit/run

static: ## the static checks alone
	scripts/static

vm-check: cli ## all guest tests on all kernels (or KERNELS); writes the table of Documentation/kernels.md
	selftests/vm/selftest
	selftests/vm/suite --write-table $(if $(KERNELS),--kernels "$(KERNELS)")

debug-check: cli ## all guest tests on a kernel with KASAN, lockdep and more, which is built on first use
	selftests/vm/suite --kernels debug

soak: cli ## all jobs in a loop beside all kinds of load, for MINUTES (10), on KERNEL
	selftests/vm/run --kernel $(KERNEL) --live --append slabscan.minutes=$(MINUTES) \
		--timeout $$(($(MINUTES) * 60 + 400)) selftests/guest/soak.sh

marathon: cli ## 1,000 loads and 10,000 killed clients on KERNEL: memory is flat
	selftests/vm/run --kernel $(KERNEL) --live --timeout 6000 selftests/guest/marathon.sh

debian-guest: cli ## a whole Debian as guest of KERNEL, made on first use, after heavy activity of all kinds: leaks flags next to nothing
	selftests/vm/run --kernel $(KERNEL) --live selftests/guest/debian.sh

exactness: cli ## 10,000 scans and 90 traces amid churn on KERNEL: no object that lives is misjudged
	selftests/vm/run --kernel $(KERNEL) --live --append slabscan.scans=10000 --timeout 3600 selftests/guest/test_churn.sh
	selftests/vm/run --kernel $(KERNEL) --live --append slabscan.scans=10000 --timeout 2400 selftests/guest/test_churn_trace.sh

faults: cli ## each allocation of each job fails once, on KERNEL
	selftests/vm/run --kernel $(KERNEL) --live --append slabscan.every=1 --timeout 7200 selftests/guest/test_faults.sh

fuzz: ## random input for module/core and the command's decoder, each target for MINUTES (10)
	$(MAKE) -C selftests/fuzz SECONDS=$$(($(MINUTES) * 60))

fuzz-guest: cli ## a million malformed messages on the kernel with KASAN
	selftests/vm/run --kernel debug --live --append slabscan.fuzz=1000000 --timeout 5400 selftests/guest/test_fuzz.sh

coverage: ## lines of module/core and of the command's decoder that unit and fuzz tests reach
	$(MAKE) -C selftests/unit coverage

cases: cli ## leaks in real kernel code, and loads that do not leak: what does diagnose say of each?
	selftests/cases/run --kernel $(KERNEL)

side-by-side: cli ## kmemleak and slabscan leaks on the same lost objects, on a kernel with kmemleak, which is built on first use
	selftests/vm/run --kernel kmemleak --live selftests/guest/side_by_side.sh

bench: ## how fast the core is, in user space
	$(MAKE) -C selftests/bench run

bench-guest: cli ## what a trace, a scan and a search cost, measured in a guest of KERNEL beside perf kmem and a bare read
	@$(MAKE) -s -C selftests/guest/workload
	@selftests/vm/run --kernel $(KERNEL) --live selftests/guest/bench_scan.sh
	@selftests/vm/run --kernel $(KERNEL) --live selftests/guest/bench_leaks.sh
	@selftests/vm/run --kernel $(KERNEL) --live selftests/guest/bench_trace.sh
	@selftests/vm/run --kernel $(KERNEL) --live selftests/guest/bench_mixed.sh

origin: cli ## OBJECTS (419440512, the first case at its real size) leaked ones in kmalloc-32, found and counted in a guest of KERNEL with MEM (18G)
	selftests/vm/run --kernel $(KERNEL) --live $(if $(MEM),--mem $(MEM)) --append slabscan.objects=$(OBJECTS) selftests/guest/origin.sh

## Install

install: cli/slabscan ## the command, its manual, and the module when it is built (DESTDIR, PREFIX)
	install -D -m 755 cli/slabscan "$(DESTDIR)$(PREFIX)/sbin/slabscan"
	install -D -m 644 cli/completion.bash "$(DESTDIR)$(PREFIX)/share/bash-completion/completions/slabscan"
	for page in $(wildcard Documentation/man/*.8); do \
		install -D -m 644 "$$page" "$(DESTDIR)$(PREFIX)/share/man/man8/$${page##*/}" || exit; done
	@if [ -e slabscan.ko ]; then \
		$(MAKE) -C "$(KDIR)" M="$(CURDIR)" CONFIG_MODULE_SIG_ALL= \
			INSTALL_MOD_PATH="$(DESTDIR)" INSTALL_MOD_DIR=updates modules_install; \
	else echo "slabscan.ko is not built: only the command is installed"; fi

uninstall: ## what install put there
	rm -f "$(DESTDIR)$(PREFIX)/sbin/slabscan" "$(DESTDIR)$(PREFIX)/share/bash-completion/completions/slabscan"
	for page in $(wildcard Documentation/man/*.8); do \
		rm -f "$(DESTDIR)$(PREFIX)/share/man/man8/$${page##*/}"; done
	rm -f "$(DESTDIR)"/lib/modules/*/updates/slabscan.ko*
	test -n "$(DESTDIR)" || ! command -v dkms >/dev/null || \
		{ dkms remove -m slabscan -v $(VERSION) --all 2>/dev/null; rm -rf /usr/src/slabscan-$(VERSION); }
	test -n "$(DESTDIR)" || depmod -a

dkms-install: ## hand the module to DKMS, which rebuilds it with each new kernel (root)
	scripts/dkms-install $(VERSION)

## Other

clean: ## what was built here; the cache stays
	rm -f cli/*.o cli/*.d cli/slabscan
	rm -rf selftests/unit/build selftests/unit/cli/build selftests/fuzz/build selftests/bench/build module/compat/generated
	rm -f *.ko *.mod *.mod.c *.o .*.cmd .*.o Module.symvers modules.order
	find module selftests/kmod \( -name '*.o' -o -name '.*.cmd' -o -name '*.result*' -o -name '*.mod*' \
		-o -name '*.ko' -o -name '.*.d' -o -name '*.symvers' -o -name '*.order' \) -type f -delete

help: ## this text
	@echo "make [TARGET] [KDIR=...] [KERNEL=...] [PREFIX=/usr/local] [DESTDIR=]"
	@awk -F':.*## ' '/^## / { printf "\n%s\n", substr($$0, 4) } /^[a-z-]+:.*## / { printf "  %-14s %s\n", $$1, $$2 }' Makefile
	@printf '\nKERNEL is one of: %s\n' "$$(awk '!/^#/ { print $$1 }' selftests/vm/kernels | xargs)"

.PHONY: all module modules-for cli cli-libraries demo vm vm-run deps check unit static vm-check debug-check soak marathon debian-guest exactness faults fuzz fuzz-guest coverage cases side-by-side bench bench-guest origin \
	install uninstall dkms-install clean help
