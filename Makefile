# sessiongate: see README.md. `make help` lists the targets.
#
# CFLAGS, LDFLAGS, DESTDIR and PREFIX are the user's; what the project needs is added to them.
# SANITIZE=address,undefined builds everything with those sanitizers, in a tree of its own.

CC       ?= gcc
PYTHON   ?= /usr/bin/python3
PREFIX   ?= /usr/local
VERSION   = 0.1.0
DESTDIR  ?=
CFLAGS   ?= -O3 -g
WERROR   ?= -Werror

empty :=
space := $(empty) $(empty)
comma := ,
BUILD := build$(if $(SANITIZE),/$(subst $(comma),-,$(SANITIZE)))$(if $(filter clang,$(notdir $(CC))),/clang)

WARNINGS = -Wall -Wextra -Wconversion -Wshadow -Wstrict-prototypes -Wmissing-prototypes -Wvla $(WERROR)
OURS     = -std=gnu11 -D_GNU_SOURCE -I. -fno-common -fstack-protector-strong $(WARNINGS) -MMD -MP \
           $(if $(SANITIZE),-fsanitize=$(SANITIZE) -fno-sanitize-recover=all -fno-omit-frame-pointer)
# The program is optimised as a whole: a tenth fewer instructions for each request. What else is linked from its
# objects uses the code that each has for itself, which is quicker to build and to look into. Its loops are over a few
# bytes each: made for sixteen at a time they are longer, and slower.
WHOLE    = $(if $(SANITIZE)$(filter clang,$(notdir $(CC))),,-flto=auto -ffat-lto-objects -fno-plt -fno-tree-vectorize)
LINK     = $(if $(SANITIZE),-fsanitize=$(SANITIZE)) -pthread -fno-lto
LIBS     = -levent_core -lyaml -lssl -lcrypto -lcjson -lhiredis

BASE_SOURCES = \
	base/arena.c \
	base/base64url.c \
	base/block.c \
	base/buffer.c \
	base/clock.c \
	base/decimal.c \
	base/error.c \
	base/gcm.c \
	base/hkdf.c \
	base/line.c \
	base/log.c \
	base/network.c \
	base/percent.c \
	base/random.c \
	base/rfc3339.c \
	base/slice.c \
	base/url.c

SESSION_SOURCES = \
	session/delta.c \
	session/event.c \
	session/device.c \
	session/filter.c \
	session/session.c \
	session/token.c \
	session/value.c

BACKENDS_SOURCES = \
	backends/backend.c \
	backends/buckets.c \
	backends/delivery.c \
	backends/due.c \
	backends/kinds.c \
	backends/locks.c \
	backends/journal.c \
	backends/login.c \
	backends/mailbox.c \
	backends/marks.c \
	backends/memory.c \
	backends/memory_lock.c \
	backends/memory_events.c \
	backends/memory_list.c \
	backends/memory_members.c \
	backends/memory_roster.c \
	backends/memory_users.c \
	backends/page.c \
	backends/redis.c \
	backends/redis_alone.c \
	backends/redis_beat.c \
	backends/redis_call.c \
	backends/redis_clock.c \
	backends/redis_cluster.c \
	backends/redis_crowd.c \
	backends/redis_dial.c \
	backends/redis_due.c \
	backends/redis_endpoint.c \
	backends/redis_ends.c \
	backends/redis_events.c \
	backends/redis_fan.c \
	backends/redis_keys.c \
	backends/redis_link.c \
	backends/redis_list.c \
	backends/redis_locks.c \
	backends/redis_login.c \
	backends/redis_marks.c \
	backends/redis_net.c \
	backends/redis_op.c \
	backends/redis_reader.c \
	backends/redis_record.c \
	backends/redis_reply.c \
	backends/redis_roster.c \
	backends/redis_scout.c \
	backends/redis_script.c \
	backends/redis_sentinel.c \
	backends/redis_server.c \
	backends/redis_sessions.c \
	backends/redis_slot.c \
	backends/redis_url.c \
	backends/redis_users.c \
	backends/resolver.c \
	backends/roll.c \
	backends/roster.c \
	backends/seal.c \
	backends/sealed.c \
	backends/shard.c \
	backends/sorted.c \
	backends/tls.c \
	backends/users.c \
	backends/wire.c

# What runs in Redis; redis_script.h says what goes together.
REDIS_SCRIPTS = \
	backends/redis/assert.lua \
	backends/redis/beat.lua \
	backends/redis/block.lua \
	backends/redis/common.lua \
	backends/redis/confirm.lua \
	backends/redis/create.lua \
	backends/redis/crowd.lua \
	backends/redis/deny.lua \
	backends/redis/device.lua \
	backends/redis/due.lua \
	backends/redis/ends.lua \
	backends/redis/enter.lua \
	backends/redis/events.lua \
	backends/redis/expire.lua \
	backends/redis/find.lua \
	backends/redis/leave.lua \
	backends/redis/lock.lua \
	backends/redis/mark.lua \
	backends/redis/members.lua \
	backends/redis/names.lua \
	backends/redis/peek.lua \
	backends/redis/read.lua \
	backends/redis/remove.lua \
	backends/redis/save.lua \
	backends/redis/scores.lua \
	backends/redis/settle.lua \
	backends/redis/show.lua \
	backends/redis/tally.lua \
	backends/redis/tidy.lua \
	backends/redis/times.lua \
	backends/redis/unblock.lua \
	backends/redis/unlock.lua \
	backends/redis/user.lua \
	backends/redis/walk.lua

GATEWAY_SOURCES = \
	gateway/access_log.c \
	gateway/adapter.c \
	gateway/address.c \
	gateway/admission.c \
	gateway/answer.c \
	gateway/application.c \
	gateway/authority.c \
	gateway/authorizer.c \
	gateway/body.c \
	gateway/carrier.c \
	gateway/command.c \
	gateway/complaint.c \
	gateway/config.c \
	gateway/config_check.c \
	gateway/config_environment.c \
	gateway/config_print.c \
	gateway/config_read.c \
	gateway/config_report.c \
	gateway/config_schema.c \
	gateway/config_syntax.c \
	gateway/config_table.c \
	gateway/config_tree.c \
	gateway/config_yaml.c \
	gateway/cookie.c \
	gateway/deadline.c \
	gateway/demux.c \
	gateway/directive.c \
	gateway/door.c \
	gateway/event_log.c \
	gateway/exchange.c \
	gateway/expose.c \
	gateway/fcgi.c \
	gateway/fold.c \
	gateway/forward.c \
	gateway/front.c \
	gateway/gateway.c \
	gateway/generation.c \
	gateway/head.c \
	gateway/header.c \
	gateway/host.c \
	gateway/http.c \
	gateway/inherited.c \
	gateway/intake.c \
	gateway/listener.c \
	gateway/login_from.c \
	gateway/lookup.c \
	gateway/method.c \
	gateway/nearest.c \
	gateway/notify.c \
	gateway/observation.c \
	gateway/observation_text.c \
	gateway/observe_socket.c \
	gateway/observer.c \
	gateway/origin.c \
	gateway/own_cookie.c \
	gateway/pairs.c \
	gateway/param_name.c \
	gateway/params.c \
	gateway/php_array.c \
	gateway/php_ini.c \
	gateway/quantity.c \
	gateway/remark.c \
	gateway/request.c \
	gateway/request_id.c \
	gateway/response.c \
	gateway/retry.c \
	gateway/route.c \
	gateway/save.c \
	gateway/self_service.c \
	gateway/server.c \
	gateway/session_api.c \
	gateway/session_call.c \
	gateway/session_folder.c \
	gateway/session_json.c \
	gateway/session_socket.c \
	gateway/snippet.c \
	gateway/snippet_apache.c \
	gateway/snippet_caddy.c \
	gateway/snippet_haproxy.c \
	gateway/snippet_lighttpd.c \
	gateway/snippet_nginx.c \
	gateway/snippet_php_fpm.c \
	gateway/spool.c \
	gateway/strangers.c \
	gateway/testimony.c \
	gateway/ticket.c \
	gateway/turn.c \
	gateway/upstream.c \
	gateway/user.c \
	gateway/visitor.c \
	gateway/wish.c \
	gateway/worker.c

SOURCES = $(BASE_SOURCES) $(SESSION_SOURCES) $(BACKENDS_SOURCES) $(GATEWAY_SOURCES)
MAIN    = gateway/main.c

UNIT_SOURCES = \
	tests/unit/base/arena.c \
	tests/unit/base/base64url.c \
	tests/unit/base/block.c \
	tests/unit/base/buffer.c \
	tests/unit/base/decimal.c \
	tests/unit/base/gcm.c \
	tests/unit/base/hkdf.c \
	tests/unit/base/line.c \
	tests/unit/base/list.c \
	tests/unit/base/log.c \
	tests/unit/base/network.c \
	tests/unit/base/percent.c \
	tests/unit/base/random.c \
	tests/unit/base/rfc3339.c \
	tests/unit/base/slice.c \
	tests/unit/base/url.c \
	tests/unit/base/word.c \
	tests/unit/backends/backend.c \
	tests/unit/backends/due.c \
	tests/unit/backends/journal.c \
	tests/unit/backends/locks.c \
	tests/unit/backends/marks.c \
	tests/unit/backends/memory.c \
	tests/unit/backends/page.c \
	tests/unit/backends/redis_ends.c \
	tests/unit/backends/redis_slot.c \
	tests/unit/backends/redis_url.c \
	tests/unit/backends/resolver.c \
	tests/unit/backends/seal.c \
	tests/unit/backends/sorted.c \
	tests/unit/backends/users.c \
	tests/unit/gateway/address.c \
	tests/unit/gateway/answer.c \
	tests/unit/gateway/application.c \
	tests/unit/gateway/authority.c \
	tests/unit/gateway/body.c \
	tests/unit/gateway/broken_store.c \
	tests/unit/gateway/carrier.c \
	tests/unit/gateway/command.c \
	tests/unit/gateway/config.c \
	tests/unit/gateway/cookie.c \
	tests/unit/gateway/deadline.c \
	tests/unit/gateway/directive.c \
	tests/unit/gateway/event_log.c \
	tests/unit/gateway/expose.c \
	tests/unit/gateway/fcgi.c \
	tests/unit/gateway/fold.c \
	tests/unit/gateway/head.c \
	tests/unit/gateway/header.c \
	tests/unit/gateway/host.c \
	tests/unit/gateway/login_from.c \
	tests/unit/gateway/lookup.c \
	tests/unit/gateway/observation.c \
	tests/unit/gateway/origin.c \
	tests/unit/gateway/own_cookie.c \
	tests/unit/gateway/pairs.c \
	tests/unit/gateway/param_name.c \
	tests/unit/gateway/params.c \
	tests/unit/gateway/php_array.c \
	tests/unit/gateway/php_ini.c \
	tests/unit/gateway/records.c \
	tests/unit/gateway/remark.c \
	tests/unit/gateway/request_id.c \
	tests/unit/gateway/response.c \
	tests/unit/gateway/retry.c \
	tests/unit/gateway/route.c \
	tests/unit/gateway/sample.c \
	tests/unit/gateway/save.c \
	tests/unit/gateway/scripted_server.c \
	tests/unit/gateway/session_json.c \
	tests/unit/gateway/snippet.c \
	tests/unit/gateway/spool.c \
	tests/unit/gateway/storage.c \
	tests/unit/gateway/strangers.c \
	tests/unit/gateway/testimony.c \
	tests/unit/gateway/ticket.c \
	tests/unit/gateway/turn.c \
	tests/unit/gateway/visitor.c \
	tests/unit/session/device.c \
	tests/unit/session/session.c \
	tests/unit/session/token.c \
	tests/unit/session/value.c

LOAD_SOURCES = \
	bench/load/crowd.c \
	bench/load/kind.c \
	bench/load/load.c \
	bench/load/reply.c \
	bench/load/visitor.c \
	bench/load/wire.c

# The cases, which know of no store; and those stores that they are tried with. Redis has a program of its own, which needs a
# server, and in which time stands still.
SUITE_SOURCES = \
	tests/backends/bench.c \
	tests/backends/crowd.c \
	tests/backends/suite_calls.c \
	tests/backends/suite_contents.c \
	tests/backends/suite_ends.c \
	tests/backends/suite_events.c \
	tests/backends/suite_find.c \
	tests/backends/suite_lists.c \
	tests/backends/suite_locks.c \
	tests/backends/suite_loops.c \
	tests/backends/suite_marks.c \
	tests/backends/suite_rotation.c \
	tests/backends/suite_races.c \
	tests/backends/suite_save.c \
	tests/backends/suite_user_lists.c \
	tests/backends/suite_users.c \
	tests/backends/told.c \
	tests/backends/twins.c \
	tests/backends/visitor.c

BACKENDS_TESTS = \
	tests/backends/memory.c \
	tests/backends/sealed.c

REDIS_TESTS = \
	tests/backends/redis.c \
	tests/backends/redis_clock.c

# The store that fails, hangs and loses answers when it is told to; of these the fuzz targets need the first two.
MOODY_STORE = \
	tests/moody/moods.c \
	tests/moody/store.c
MOODY_SOURCES = $(MOODY_STORE) \
	tests/moody/control.c \
	tests/moody/kind.c

# In both of Criterion's programs.
SANITIZER_SOURCES = $(if $(SANITIZE),tests/sanitizer.c)

# Each target is a file of its own; these are what they share.
FUZZ_TARGETS = \
	configuration \
	connection \
	cookies \
	directives \
	http \
	observations \
	pairs \
	params \
	php_array \
	php_ini \
	records \
	redis_url \
	responses \
	seal \
	session_api

FUZZ_SOURCES = \
	tests/fuzz/claim.c \
	tests/fuzz/effort.c \
	tests/fuzz/input.c \
	tests/fuzz/jar.c \
	tests/fuzz/json.c \
	tests/fuzz/settings.c

OBJECTS  = $(SOURCES:%.c=$(BUILD)/%.o) $(BUILD)/backends/redis_lua.o
PROGRAM  = $(BUILD)/sessiongate
MOODY    = $(BUILD)/tests/sessiongate
VISITOR  = $(BUILD)/examples/demo/visitor
PAGE     = $(BUILD)/tests/integration/page
MEASURED = $(BUILD)/bench/application
LOAD     = $(BUILD)/bench/load/load
LISTS    = $(BUILD)/bench/lists
HEADERS  = $(wildcard base/*.h session/*.h backends/*.h gateway/*.h bench/*.h bench/load/*.h)
OURS_ALL = $(shell find base session backends gateway tests examples bench -name '*.[ch]')

# libFuzzer is clang's, whatever the others are built with.
FUZZ_BUILD = build/fuzz
FUZZ_MAKE  = $(MAKE) --no-print-directory CC=clang BUILD=$(FUZZ_BUILD) SANITIZE=fuzzer-no-link,address,undefined
FUZZ_RUN   = tests/fuzz/run $(FUZZ_BUILD)

# A suite that hangs is stopped and has failed.
# PROCESSES=1 runs pytest's tests in order; more than there are cores, since most of them wait most of the time.
PROCESSES ?= 4
PYTEST   = timeout --foreground -k 30 900 $(PYTHON) -B -m pytest -q --maxfail=20 --tb=short -c tests/pytest.ini \
           -n $(PROCESSES) --dist loadgroup

# V=1 shows the commands.
Q := $(if $(V),,@)
say = $(if $(V),,@printf '  %-5s %s\n' $(1) $(2))

all: $(PROGRAM)

$(BUILD)/$(MAIN:.c=.o): OURS += -DSG_VERSION='"$(VERSION)"'
$(BUILD)/$(MAIN:.c=.o) $(OBJECTS): OURS += $(WHOLE)

$(PROGRAM): $(BUILD)/$(MAIN:.c=.o) $(OBJECTS)
	$(call say,LINK,$@)
	$(Q)$(CC) $(CFLAGS) $(LINK) $(WHOLE) $(LDFLAGS) -o $@ $^ $(LIBS)

# The program with one more kind of store, which the tests command.
$(MOODY): $(BUILD)/$(MAIN:.c=.o) $(MOODY_SOURCES:%.c=$(BUILD)/%.o) $(filter-out $(BUILD)/backends/kinds.o,$(OBJECTS))
	$(call say,LINK,$@)
	$(Q)$(CC) $(CFLAGS) $(LINK) $(LDFLAGS) -o $@ $^ $(LIBS)

$(BUILD)/tests/unit/run: $(patsubst %.c,$(BUILD)/%.o,$(UNIT_SOURCES) $(SANITIZER_SOURCES)) $(OBJECTS)
	$(call say,LINK,$@)
	$(Q)$(CC) $(CFLAGS) $(LINK) $(LDFLAGS) -o $@ $^ $(LIBS) -lcriterion

$(BUILD)/tests/backends/run: $(patsubst %.c,$(BUILD)/%.o,$(BACKENDS_TESTS) $(SUITE_SOURCES) $(SANITIZER_SOURCES)) $(OBJECTS)
	$(call say,LINK,$@)
	$(Q)$(CC) $(CFLAGS) $(LINK) $(LDFLAGS) -o $@ $^ $(LIBS) -lcriterion

$(BUILD)/tests/backends/run-redis: $(patsubst %.c,$(BUILD)/%.o,$(REDIS_TESTS) $(SUITE_SOURCES) $(SANITIZER_SOURCES)) $(filter-out $(BUILD)/backends/redis_clock.o,$(OBJECTS))
	$(call say,LINK,$@)
	$(Q)$(CC) $(CFLAGS) $(LINK) $(LDFLAGS) -o $@ $^ $(LIBS) -lcriterion

# FUZZ_LINK_name is what one target puts in the place of the system.
FUZZ_LINK_configuration = -Wl,--wrap=open,--wrap=glob
FUZZ_LINK_stage = -Wl,--wrap=clock_mono_ms,--wrap=clock_mono_us,--wrap=clock_wall_ms,--wrap=random_bytes \
                  -Wl,--wrap=random_u64,--wrap=connect,--wrap=pthread_create,--wrap=pthread_join
FUZZ_LINK_connection = $(FUZZ_LINK_stage)
FUZZ_LINK_session_api = $(FUZZ_LINK_stage)
$(BUILD)/tests/fuzz/configuration: $(BUILD)/tests/fuzz/files.o
$(BUILD)/tests/fuzz/connection $(BUILD)/tests/fuzz/session_api: \
	$(patsubst %,$(BUILD)/tests/fuzz/%.o,caller play program script stage wallet web_server wire) $(MOODY_STORE:%.c=$(BUILD)/%.o)

$(FUZZ_TARGETS:%=$(BUILD)/tests/fuzz/%): %: %.o $(FUZZ_SOURCES:%.c=$(BUILD)/%.o) $(OBJECTS)
	$(call say,LINK,$@)
	$(Q)$(CC) $(CFLAGS) $(LINK) -fsanitize=fuzzer $(FUZZ_LINK_$(@F)) $(LDFLAGS) -o $@ $^ $(LIBS)

$(VISITOR): $(BUILD)/examples/demo/c/visitor.o
	$(call say,LINK,$@)
	$(Q)$(CC) $(CFLAGS) $(LINK) $(LDFLAGS) -o $@ $^ -lfcgi

$(PAGE): $(BUILD)/tests/integration/page.o
	$(call say,LINK,$@)
	$(Q)$(CC) $(CFLAGS) $(LINK) $(LDFLAGS) -o $@ $^ -lfcgi -lcrypto

$(MEASURED): $(BUILD)/bench/application.o
	$(call say,LINK,$@)
	$(Q)$(CC) $(CFLAGS) $(LINK) $(LDFLAGS) -o $@ $^ -lfcgi

$(LISTS): $(BUILD)/bench/lists.o $(OBJECTS)
	$(call say,LINK,$@)
	$(Q)$(CC) $(CFLAGS) $(LINK) $(LDFLAGS) -o $@ $^ $(LIBS)

$(LOAD): $(LOAD_SOURCES:%.c=$(BUILD)/%.o) $(BASE_SOURCES:%.c=$(BUILD)/%.o)
	$(call say,LINK,$@)
	$(Q)$(CC) $(CFLAGS) $(LINK) $(LDFLAGS) -o $@ $^ -lcrypto

$(BUILD)/headers/%.h.alone: %.h | build-packages
	@mkdir -p $(@D)
	$(Q)$(CC) $(filter-out -MMD -MP,$(OURS)) -fsyntax-only -x c $<
	@touch $@

define COMPILE
	@mkdir -p $(@D)
	$(call say,CC,$@)
	$(Q)$(CC) $(OURS) $(CFLAGS) -pthread -c -o $@ $<
endef

# Scripts as C has texts, without their comments; an error's line is the same in both.
$(BUILD)/backends/redis_lua.c: $(REDIS_SCRIPTS) Makefile
	@mkdir -p $(@D)
	$(call say,LUA,$@)
	$(Q)for script in $(REDIS_SCRIPTS); do \
		echo "extern const char redis_lua_$$(basename $$script .lua)[];"; \
		echo "const char redis_lua_$$(basename $$script .lua)[] ="; \
		sed -e 's/^[ \t]*//; s/^--.*//; s/[\\"]/\\&/g; s/.*/"&\\n"/' $$script; echo ';'; \
	done > $@

$(BUILD)/backends/redis_lua.o: $(BUILD)/backends/redis_lua.c | build-packages
	$(COMPILE)

$(BUILD)/%.o: %.c | build-packages
	$(COMPILE)

$(BUILD)/tests/%.o: tests/%.c | test-packages
	$(COMPILE)

# Each set of packages holds the one before it, so a target that needs a larger one names it first and everything is
# told and installed at once. Nothing missing is a matter of milliseconds.
build-packages:
	@setup/packages build

run-packages:
	@setup/packages run

shared-packages:
	@setup/packages shared

bench-packages:
	@setup/packages bench

test-packages:
	@setup/packages test

image-packages:
	@setup/packages image

deps: test-packages

# STORE=redis: two gateways before one Redis.
run: $(if $(STORE),shared,run)-packages $(PROGRAM) $(VISITOR)
	@examples/demo/run $(PROGRAM) $(VISITOR) $(STORE)

compile: compile-suites $(VISITOR) $(PAGE) $(MEASURED) $(LOAD) $(LISTS)

# What unit, backends and conformance need, which is all that runs with a sanitizer.
compile-suites: test-packages $(PROGRAM) $(MOODY) $(BUILD)/tests/unit/run $(BUILD)/tests/backends/run

headers: $(HEADERS:%=$(BUILD)/headers/%.alone)

unit: test-packages $(BUILD)/tests/unit/run
	$(BUILD)/tests/unit/run

backends-test: test-packages $(BUILD)/tests/backends/run
	$(BUILD)/tests/backends/run

# The suite of tests/backends on each kind of Redis, and the program with them; KIND=cluster: the suite on that alone.
STORES = PYTHONPATH=tests $(PYTHON) -B -m harness.stores
stores: test-packages $(PROGRAM) $(BUILD)/tests/backends/run-redis
	$(STORES) $(KIND) -- $(BUILD)/tests/backends/run-redis
	SESSIONGATE=$(PROGRAM) $(PYTEST) tests/stores

# Of those, what takes no minute; and cases of conformance with a Redis in the place of the store in memory.
STORES_QUICK = test_away test_cost test_deployments test_gateways test_leaving test_lost_writes test_lies test_page test_records test_redis test_rush test_tls
STORES_SAME  = test_logins test_user_limits test_workers test_model

stores-test: test-packages $(PROGRAM) $(MOODY) $(BUILD)/tests/backends/run-redis
	$(STORES) alone -- $(BUILD)/tests/backends/run-redis
	SESSIONGATE=$(PROGRAM) $(STORES) alone -- $(PYTEST) $(STORES_QUICK:%=tests/stores/%.py) $(STORES_SAME:%=tests/conformance/%.py)

# STORE=redis: with a Redis in the place of the store in memory; or another of the kinds of tests/harness/stores.py.
WITH_STORE = $(if $(STORE),$(STORES) $(STORE:redis=alone) -- )

conformance: test-packages $(PROGRAM) $(MOODY)
	SESSIONGATE=$(PROGRAM) $(WITH_STORE)$(PYTEST) $(if $(SANITIZE),-m 'not minute') tests/conformance

integration: test-packages $(PROGRAM) $(MOODY) $(PAGE) $(VISITOR) $(MEASURED) $(LOAD)
	SESSIONGATE=$(PROGRAM) PAGE=$(PAGE) VISITOR=$(VISITOR) BENCH_APPLICATION=$(MEASURED) BENCH_LOAD=$(LOAD) $(PYTEST) tests/integration

# php-src's own tests of sessions; PHP_SRC is a checkout of the version that is installed. Not part of `make test`.
php-src-sessions: test-packages $(PROGRAM)
	SESSIONGATE=$(PROGRAM) PHP_SRC=$(abspath $(or $(PHP_SRC),$(error PHP_SRC=: where is php-src?))) $(PYTEST) tests/php_src

# The container images and compose.yaml, by an engine that leaves build/image behind, so that the next run is quick.
# Needs root; not part of `make test`.
test-image: image-packages
	timeout --foreground -k 60 1800 $(PYTHON) -B -m pytest -q --tb=short -c tests/pytest.ini tests/image

# BENCH=ratio: the two figures that matter most, in half a minute.
BENCH ?= figures

bench: bench-packages $(PROGRAM) $(MEASURED)
	@SESSIONGATE=$(PROGRAM) BENCH_APPLICATION=$(MEASURED) PYTHONPATH=tests $(PYTHON) -B -m bench $(BENCH)

# PHP's session handlers; BENCH_PAGE=write: only the pages with that in their names.
bench-php: bench-packages $(PROGRAM)
	@SESSIONGATE=$(PROGRAM) PYTHONPATH=tests $(PYTHON) -B -m bench php

# What happens to requests while something happens to Redis; BENCH_FAULT=Cluster: only the faults with that in their names.
bench-faults: bench-packages $(PROGRAM)
	@SESSIONGATE=$(PROGRAM) PYTHONPATH=tests $(PYTHON) -B -m bench faults

# Minutes of load; how much is in bench/README.md.
bench-limits: bench-packages $(PROGRAM) $(MEASURED) $(LOAD)
	@SESSIONGATE=$(PROGRAM) BENCH_APPLICATION=$(MEASURED) BENCH_LOAD=$(LOAD) PYTHONPATH=tests $(PYTHON) -B -m bench limits

# A million sessions in a store, and pages of lists of them: half a minute in memory, and 1.5 GiB; minutes in STORE=redis.
bench-lists: $(if $(STORE),test-packages,build-packages) $(LISTS)
	@$(WITH_STORE)$(LISTS) $(or $(SESSIONS),1000000)

fuzz-programs: test-packages $(FUZZ_TARGETS:%=$(BUILD)/tests/fuzz/%)

# FUZZ_SECONDS for each target, as many at once as there are cores; FUZZ=name: only that one.
fuzz: test-packages
	+@$(FUZZ_MAKE) fuzz-programs
	@$(FUZZ_RUN) $(or $(FUZZ_SECONDS),20) $(or $(FUZZ),$(FUZZ_TARGETS))

fuzz-long: test-packages
	+@$(FUZZ_MAKE) fuzz-programs
	@$(FUZZ_RUN) $(or $(FUZZ_SECONDS),3600) $(or $(FUZZ),$(FUZZ_TARGETS))

# What the runs have found goes into the corpus of the repository, no more of it than adds coverage.
fuzz-merge: test-packages
	+@$(FUZZ_MAKE) fuzz-programs
	@$(FUZZ_RUN) merge $(or $(FUZZ),$(FUZZ_TARGETS))

# Not part of `test`: breaks the program once for each rule, and sees that a case notices.
mutations: test-packages
	$(PYTHON) -B tests/mutations/run

# Everything, in the order in which it fails soonest. A suite that cannot run fails.
test:
	@tests/run $(MAKE)

# A stamp for each source in which clang-tidy finds nothing, made anew when that or one of its headers changes.
$(BUILD)/%.tidy: %.c .clang-tidy | test-packages
	@mkdir -p $(@D)
	$(call say,TIDY,$<)
	$(Q)clang-tidy --quiet $< -- $(filter-out -MMD -MP,$(OURS)) -DSG_VERSION='"$(VERSION)"' 2>$@.log || { cat $@.log; exit 1; }
	$(Q)$(CC) $(OURS) -MM -MT $@ -MF $@.d $<
	@touch $@

TIDY_STAMPS = $(patsubst %.c,$(BUILD)/%.tidy,$(filter %.c,$(OURS_ALL)))

$(filter $(BUILD)/tests/%,$(TIDY_STAMPS)): tests/.clang-tidy

tidy: $(TIDY_STAMPS)

# It keeps what it knows of unchanged files by itself.
cppcheck: test-packages
	@mkdir -p $(BUILD)/cppcheck
	cppcheck --quiet --error-exitcode=1 -j$(shell nproc) --cppcheck-build-dir=$(BUILD)/cppcheck \
		--std=c11 -D_GNU_SOURCE -D__linux__ -I. --library=posix,gnu,tests/cppcheck.cfg \
		--enable=warning,style,performance,portability --inline-suppr --suppressions-list=.cppcheck \
		$(filter %.c,$(OURS_ALL))

lint: tidy cppcheck

docs: $(PROGRAM)
	$(PROGRAM) --print-options > docs/configuration.md

docs-check: $(PROGRAM)
	$(PROGRAM) --print-options | diff -u docs/configuration.md -

format: test-packages
	clang-format -i $(OURS_ALL)

format-check: test-packages
	@clang-format --dry-run -Werror $(OURS_ALL)

install: $(PROGRAM)
	install -d $(DESTDIR)$(PREFIX)/bin $(DESTDIR)$(PREFIX)/share/doc/sessiongate
	install -m 755 $(PROGRAM) $(DESTDIR)$(PREFIX)/bin/sessiongate
	umask 022; for file in $$(cd adapters && find php -name '*.php'); do \
		install -D -m 644 adapters/$$file $(DESTDIR)$(PREFIX)/share/sessiongate/$$file || exit 1; done
	install -m 644 README.md CHANGELOG.md LICENSE $(wildcard docs/*.md) $(DESTDIR)$(PREFIX)/share/doc/sessiongate

clean:
	rm -rf build

help:
	@echo 'make                 build/sessiongate'
	@echo 'make run             the demonstration: nginx, sessiongate, PHP and C on loopback, until Ctrl-C'
	@echo 'make run STORE=redis the same with two gateways that share sessions in a Redis'
	@echo 'make test            everything; with SANITIZE=address,undefined or SANITIZE=thread'
	@echo '                     unit, backends-test and conformance, built with that sanitizer'
	@echo 'make unit backends-test conformance integration   one suite; SANITIZE= too'
	@echo 'make bench           figures: what the gateway costs beside nginx; see bench/README.md'
	@echo 'make bench-php       figures: PHP with the adapter beside phpredis and files'
	@echo 'make stores          the stores'"'"' suite on each kind of Redis, and the program with them; KIND=cluster: on one'
	@echo 'make bench-faults    which requests fail while something happens to Redis; BENCH_FAULT=Sentinel: only those'
	@echo 'make bench-limits    figures: what it keeps under load'
	@echo 'make bench-lists     figures: pages of lists of SESSIONS=1000000; STORE=redis'
	@echo 'make fuzz            each parser for FUZZ_SECONDS=20; fuzz-long: for an hour; FUZZ=name: one of them;'
	@echo '                     fuzz-merge: what was found into tests/fuzz/corpus'
	@echo 'make php-src-sessions PHP_SRC=…   php-src'"'"'s own tests of sessions, beside the files handler'
	@echo 'make test-image      the container images and docker/compose.yaml, built and run, as root'
	@echo 'make mutations       breaks the program once for each rule of the protocol: does a case notice?'
	@echo 'make compile         all programs, also those of the tests; headers: each one alone'
	@echo 'make format          clang-format over our sources; format-check only looks'
	@echo 'make lint            clang-tidy and cppcheck, which are also make tidy and make cppcheck'
	@echo 'make docs            docs/configuration.md from the option table; docs-check only looks'
	@echo 'make install         DESTDIR= PREFIX=/usr/local'
	@echo 'make deps            what all of these need from Debian; every target installs its own share'
	@echo 'make clean'

-include $(shell find $(BUILD) -path build/image -prune -o -name '*.d' -print 2>/dev/null)

.PHONY: all backends-test bench bench-faults bench-limits bench-lists bench-php bench-packages build-packages clean compile compile-suites conformance cppcheck deps docs docs-check \
        format format-check fuzz fuzz-long fuzz-merge fuzz-programs headers help image-packages install integration lint mutations php-src-sessions run run-packages shared-packages stores stores-test test test-image test-packages tidy unit
