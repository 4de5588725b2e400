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
LIBS     = -levent_core -lyaml -lssl -lcrypto -lcjson -lhiredis -lmicrohttpd -lgnutls -lcurl

BASE_SOURCES = \
	base/arena.c \
	base/base64url.c \
	base/block.c \
	base/buffer.c \
	base/clock.c \
	base/decimal.c \
	base/doorbell.c \
	base/error.c \
	base/gcm.c \
	base/histogram.c \
	base/hkdf.c \
	base/json.c \
	base/line.c \
	base/log.c \
	base/network.c \
	base/percent.c \
	base/quantity.c \
	base/random.c \
	base/request_id.c \
	base/rfc3339.c \
	base/slice.c \
	base/url.c

SESSION_SOURCES = \
	session/delta.c \
	session/difference.c \
	session/event.c \
	session/device.c \
	session/filter.c \
	session/session.c \
	session/session_attributes.c \
	session/session_record.c \
	session/token.c \
	session/user.c \
	session/value.c

BACKENDS_SOURCES = \
	backends/backend.c \
	backends/buckets.c \
	backends/delivery.c \
	backends/due.c \
	backends/finding.c \
	backends/headcount.c \
	backends/journal.c \
	backends/kinds.c \
	backends/locks.c \
	backends/login.c \
	backends/loop.c \
	backends/mailbox.c \
	backends/marks.c \
	backends/memory.c \
	backends/memory_events.c \
	backends/memory_list.c \
	backends/memory_lock.c \
	backends/memory_members.c \
	backends/memory_put.c \
	backends/memory_roster.c \
	backends/memory_users.c \
	backends/metered.c \
	backends/page.c \
	backends/redis.c \
	backends/redis_alone.c \
	backends/redis_beat.c \
	backends/redis_call.c \
	backends/redis_clock.c \
	backends/redis_cluster.c \
	backends/redis_crowd.c \
	backends/redis_dial.c \
	backends/redis_drift.c \
	backends/redis_due.c \
	backends/redis_endpoint.c \
	backends/redis_ends.c \
	backends/redis_events.c \
	backends/redis_examine.c \
	backends/redis_fan.c \
	backends/redis_greeting.c \
	backends/redis_headcount.c \
	backends/redis_info.c \
	backends/redis_keys.c \
	backends/redis_line.c \
	backends/redis_link.c \
	backends/redis_list.c \
	backends/redis_listing.c \
	backends/redis_locks.c \
	backends/redis_login.c \
	backends/redis_marks.c \
	backends/redis_mend.c \
	backends/redis_net.c \
	backends/redis_op.c \
	backends/redis_order.c \
	backends/redis_put.c \
	backends/redis_reader.c \
	backends/redis_record.c \
	backends/redis_recount.c \
	backends/redis_reply.c \
	backends/redis_rivals.c \
	backends/redis_roster.c \
	backends/redis_scout.c \
	backends/redis_script.c \
	backends/redis_sentinel.c \
	backends/redis_server.c \
	backends/redis_sessions.c \
	backends/redis_sift.c \
	backends/redis_slot.c \
	backends/redis_standing.c \
	backends/redis_tally.c \
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
	backends/transfer.c \
	backends/transfer_blocks.c \
	backends/transfer_comparison.c \
	backends/transfer_crew.c \
	backends/transfer_ends.c \
	backends/transfer_ids.c \
	backends/transfer_records.c \
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
	backends/redis/examine.lua \
	backends/redis/expire.lua \
	backends/redis/find.lua \
	backends/redis/headcount.lua \
	backends/redis/heads.lua \
	backends/redis/leave.lua \
	backends/redis/line.lua \
	backends/redis/lock.lua \
	backends/redis/mark.lua \
	backends/redis/mend.lua \
	backends/redis/names.lua \
	backends/redis/peek.lua \
	backends/redis/put.lua \
	backends/redis/quit.lua \
	backends/redis/read.lua \
	backends/redis/recount.lua \
	backends/redis/remove.lua \
	backends/redis/save.lua \
	backends/redis/scores.lua \
	backends/redis/settle.lua \
	backends/redis/show.lua \
	backends/redis/sift.lua \
	backends/redis/tally.lua \
	backends/redis/tell.lua \
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
	gateway/arrival.c \
	gateway/authority.c \
	gateway/authorizer.c \
	gateway/body.c \
	gateway/carrier.c \
	gateway/checkup.c \
	gateway/checkup_application.c \
	gateway/checkup_realm.c \
	gateway/chunks.c \
	gateway/command.c \
	gateway/complaint.c \
	gateway/config.c \
	gateway/config_check.c \
	gateway/config_check_admin.c \
	gateway/config_check_applications.c \
	gateway/config_check_realms.c \
	gateway/config_check_routes.c \
	gateway/config_check_store.c \
	gateway/config_checking.c \
	gateway/config_difference.c \
	gateway/config_draft.c \
	gateway/config_environment.c \
	gateway/config_print.c \
	gateway/config_read.c \
	gateway/config_report.c \
	gateway/config_schema.c \
	gateway/config_store.c \
	gateway/config_syntax.c \
	gateway/config_table.c \
	gateway/config_tree.c \
	gateway/config_view.c \
	gateway/config_yaml.c \
	gateway/cookie.c \
	gateway/copy.c \
	gateway/deadline.c \
	gateway/decision.c \
	gateway/decisions.c \
	gateway/demux.c \
	gateway/descriptors.c \
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
	gateway/gateway_reload.c \
	gateway/generation.c \
	gateway/head.c \
	gateway/header.c \
	gateway/healthcheck.c \
	gateway/host.c \
	gateway/in_force.c \
	gateway/http.c \
	gateway/inherited.c \
	gateway/intake.c \
	gateway/listen_queue.c \
	gateway/listener.c \
	gateway/listeners.c \
	gateway/login_from.c \
	gateway/lookup.c \
	gateway/meter.c \
	gateway/meters.c \
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
	gateway/plain_folders.c \
	gateway/reloads.c \
	gateway/remark.c \
	gateway/request.c \
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
	gateway/session_note.c \
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
	gateway/sums.c \
	gateway/testimony.c \
	gateway/ticket.c \
	gateway/trim.c \
	gateway/turn.c \
	gateway/upstream.c \
	gateway/visitor.c \
	gateway/wish.c \
	gateway/worker.c

REST_SOURCES = \
	rest/about.c \
	rest/accept.c \
	rest/admin.c \
	rest/answers.c \
	rest/attributes.c \
	rest/audit.c \
	rest/auth.c \
	rest/block.c \
	rest/call.c \
	rest/call_answer.c \
	rest/call_body.c \
	rest/call_condition.c \
	rest/call_judgement.c \
	rest/call_parameter.c \
	rest/call_wait.c \
	rest/census.c \
	rest/client_certificate.c \
	rest/configuration.c \
	rest/cors.c \
	rest/credentials.c \
	rest/daemon.c \
	rest/document.c \
	rest/doctor.c \
	rest/edit.c \
	rest/ending.c \
	rest/endpoint.c \
	rest/etag.c \
	rest/event_filter.c \
	rest/event_view.c \
	rest/events.c \
	rest/explain.c \
	rest/exposition.c \
	rest/failures.c \
	rest/found.c \
	rest/gather.c \
	rest/grant.c \
	rest/health.c \
	rest/ledger.c \
	rest/members.c \
	rest/merge_patch.c \
	rest/metrics.c \
	rest/news.c \
	rest/opaque.c \
	rest/openapi.c \
	rest/outbox.c \
	rest/pace.c \
	rest/paging.c \
	rest/process.c \
	rest/query.c \
	rest/refusal.c \
	rest/reload.c \
	rest/revoke.c \
	rest/selector.c \
	rest/session.c \
	rest/session_view.c \
	rest/sessions.c \
	rest/stats.c \
	rest/stream.c \
	rest/subject.c \
	rest/user_sessions.c \
	rest/users.c \
	rest/webhook.c

CLI_SOURCES = \
	cli/arguments.c \
	cli/credential.c \
	cli/criteria.c \
	cli/errand.c \
	cli/feed.c \
	cli/listing.c \
	cli/main.c \
	cli/member.c \
	cli/problem.c \
	cli/program.c \
	cli/remote.c \
	cli/screen.c \
	cli/sheet.c \
	cli/table.c \
	cli/verb.c \
	cli/verb_about.c \
	cli/verb_attributes.c \
	cli/verb_config.c \
	cli/verb_copy.c \
	cli/verb_doctor.c \
	cli/verb_events.c \
	cli/verb_explain.c \
	cli/verb_list.c \
	cli/verb_revoke.c \
	cli/verb_session.c \
	cli/verb_token.c \
	cli/verb_users.c \
	cli/vital.c

SOURCES = $(BASE_SOURCES) $(SESSION_SOURCES) $(BACKENDS_SOURCES) $(REST_SOURCES) $(GATEWAY_SOURCES)
MAIN    = gateway/main.c

UNIT_SOURCES = \
	tests/unit/base/arena.c \
	tests/unit/base/base64url.c \
	tests/unit/base/block.c \
	tests/unit/base/buffer.c \
	tests/unit/base/decimal.c \
	tests/unit/base/gcm.c \
	tests/unit/base/histogram.c \
	tests/unit/base/hkdf.c \
	tests/unit/base/line.c \
	tests/unit/base/list.c \
	tests/unit/base/log.c \
	tests/unit/base/network.c \
	tests/unit/base/percent.c \
	tests/unit/base/random.c \
	tests/unit/base/request_id.c \
	tests/unit/base/rfc3339.c \
	tests/unit/base/slice.c \
	tests/unit/base/url.c \
	tests/unit/base/word.c \
	tests/unit/backends/backend.c \
	tests/unit/backends/due.c \
	tests/unit/backends/finding.c \
	tests/unit/backends/journal.c \
	tests/unit/backends/locks.c \
	tests/unit/backends/marks.c \
	tests/unit/backends/memory.c \
	tests/unit/backends/page.c \
	tests/unit/backends/redis_drift.c \
	tests/unit/backends/redis_ends.c \
	tests/unit/backends/redis_info.c \
	tests/unit/backends/redis_line.c \
	tests/unit/backends/redis_slot.c \
	tests/unit/backends/redis_url.c \
	tests/unit/backends/resolver.c \
	tests/unit/backends/seal.c \
	tests/unit/backends/sorted.c \
	tests/unit/backends/transfer.c \
	tests/unit/backends/users.c \
	tests/unit/cli/feed.c \
	tests/unit/cli/screen.c \
	tests/unit/gateway/address.c \
	tests/unit/gateway/answer.c \
	tests/unit/gateway/application.c \
	tests/unit/gateway/authority.c \
	tests/unit/gateway/body.c \
	tests/unit/gateway/broken_store.c \
	tests/unit/gateway/carrier.c \
	tests/unit/gateway/chunks.c \
	tests/unit/gateway/command.c \
	tests/unit/gateway/config.c \
	tests/unit/gateway/config_check_routes.c \
	tests/unit/gateway/config_difference.c \
	tests/unit/gateway/config_file.c \
	tests/unit/gateway/config_report.c \
	tests/unit/gateway/config_table.c \
	tests/unit/gateway/config_yaml.c \
	tests/unit/gateway/cookie.c \
	tests/unit/gateway/deadline.c \
	tests/unit/gateway/decisions.c \
	tests/unit/gateway/directive.c \
	tests/unit/gateway/event_log.c \
	tests/unit/gateway/expose.c \
	tests/unit/gateway/fcgi.c \
	tests/unit/gateway/fold.c \
	tests/unit/gateway/head.c \
	tests/unit/gateway/header.c \
	tests/unit/gateway/host.c \
	tests/unit/gateway/listen_queue.c \
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
	tests/unit/gateway/plain_folders.c \
	tests/unit/gateway/records.c \
	tests/unit/gateway/reloads.c \
	tests/unit/gateway/remark.c \
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
	tests/unit/rest/auth.c \
	tests/unit/rest/document.c \
	tests/unit/rest/endpoint.c \
	tests/unit/rest/exposition.c \
	tests/unit/rest/failures.c \
	tests/unit/rest/gather.c \
	tests/unit/rest/merge_patch.c \
	tests/unit/rest/openapi.c \
	tests/unit/rest/query.c \
	tests/unit/rest/revoke.c \
	tests/unit/rest/selector.c \
	tests/unit/session/device.c \
	tests/unit/session/session.c \
	tests/unit/session/token.c \
	tests/unit/session/value.c

LOAD_SOURCES = \
	bench/load/crowd.c \
	bench/load/delays.c \
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
	tests/backends/heads.c \
	tests/backends/suite_calls.c \
	tests/backends/suite_contents.c \
	tests/backends/suite_ends.c \
	tests/backends/suite_events.c \
	tests/backends/suite_find.c \
	tests/backends/suite_lists.c \
	tests/backends/suite_locks.c \
	tests/backends/suite_loops.c \
	tests/backends/suite_marks.c \
	tests/backends/suite_put.c \
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
	admin_calls \
	admin_words \
	configuration \
	connection \
	cookies \
	ctl \
	directives \
	http \
	observations \
	pairs \
	params \
	php_array \
	php_ini \
	records \
	redis_calls \
	redis_net \
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

# What of sessionctl needs no server.
CLI_TESTED = \
	cli/feed.c \
	cli/screen.c \
	cli/vital.c

OBJECTS  = $(SOURCES:%.c=$(BUILD)/%.o) $(BUILD)/backends/redis_lua.o $(BUILD)/rest/openapi_json.o
# PHP's adapter, as it is loaded: the classes that each request needs are one file, since to find a file costs PHP more than
# what is in it.
ADAPTER        = build/adapters/php
ADAPTER_ALWAYS = Visit Handler Adapter
ADAPTER_APART  = Adopt Api Call Codec Epilogue Failure Note Observe OldPlace Prepend Response SerializeFormat Session sessiongate
ADAPTER_FILES  = $(patsubst %,$(ADAPTER)/%.php,Adapter $(ADAPTER_APART))

PROGRAM  = $(BUILD)/sessiongate
CTL      = $(BUILD)/sessionctl
MOODY    = $(BUILD)/tests/sessiongate
VISITOR  = $(BUILD)/examples/demo/visitor
PAGE     = $(BUILD)/tests/integration/page
MEASURED = $(BUILD)/bench/application
LOAD     = $(BUILD)/bench/load/load
LISTS    = $(BUILD)/bench/lists
TURNS    = $(BUILD)/bench/turns.so
HEADERS  = $(wildcard base/*.h session/*.h backends/*.h rest/*.h gateway/*.h cli/*.h bench/*.h bench/load/*.h)
OURS_ALL = $(shell find base session backends rest gateway cli tests examples bench -name '*.[ch]')

# libFuzzer is clang's, whatever the others are built with.
FUZZ_BUILD = build/fuzz
FUZZ_MAKE  = $(MAKE) --no-print-directory CC=clang BUILD=$(FUZZ_BUILD) SANITIZE=fuzzer-no-link,address,undefined
FUZZ_RUN   = tests/fuzz/run $(FUZZ_BUILD)

# A suite that hangs is stopped and has failed. What fails is begun once more, alone, and named, unless ONCE=1 (harness/suite.py).
# PROCESSES=1 runs pytest's tests in order; more than there are cores, since most of them wait most of the time.
PROCESSES ?= 4
PYTEST   = env PYTHONPATH=tests timeout --foreground -k 30 900 $(PYTHON) -B -m harness.suite -q --maxfail=20 --tb=short -c tests/pytest.ini \
           -n $(PROCESSES) --dist loadgroup

# V=1 shows the commands.
Q := $(if $(V),,@)
say = $(if $(V),,@printf '  %-5s %s\n' $(1) $(2))

all: $(PROGRAM) $(CTL)

$(BUILD)/$(MAIN:.c=.o) $(BUILD)/rest/about.o $(BUILD)/rest/metrics.o: OURS += -DSG_VERSION='"$(VERSION)"'
$(BUILD)/cli/main.o $(BUILD)/cli/remote.o: OURS += -DSG_VERSION='"$(VERSION)"'
$(BUILD)/$(MAIN:.c=.o) $(OBJECTS): OURS += $(WHOLE)

# One after the other, each with what follows its namespace, and without what would load them.
$(ADAPTER)/Adapter.php: $(ADAPTER_ALWAYS:%=adapters/php/%.php)
	@mkdir -p $(@D)
	$(Q)awk 'FNR == 1 { again = NR > 1 } !again && !/ require __DIR__ .*(Visit|Handler).php/; /^namespace / { again = 0 }' $^ >$@.new
	$(Q)mv $@.new $@

$(ADAPTER)/%.php: adapters/php/%.php
	@mkdir -p $(@D)
	$(Q)cp $< $@

$(PROGRAM): $(BUILD)/$(MAIN:.c=.o) $(OBJECTS) | $(ADAPTER_FILES)
	$(call say,LINK,$@)
	$(Q)$(CC) $(CFLAGS) $(LINK) $(WHOLE) $(LDFLAGS) -o $@ $^ $(LIBS)

$(CTL): $(CLI_SOURCES:%.c=$(BUILD)/%.o) $(BASE_SOURCES:%.c=$(BUILD)/%.o) $(SESSION_SOURCES:%.c=$(BUILD)/%.o)
	$(call say,LINK,$@)
	$(Q)$(CC) $(CFLAGS) $(LINK) $(LDFLAGS) -o $@ $^ -lcurl -lcjson -lcrypto

# The program with one more kind of store, which the tests command.
$(MOODY): $(BUILD)/$(MAIN:.c=.o) $(MOODY_SOURCES:%.c=$(BUILD)/%.o) $(filter-out $(BUILD)/backends/kinds.o,$(OBJECTS))
	$(call say,LINK,$@)
	$(Q)$(CC) $(CFLAGS) $(LINK) $(LDFLAGS) -o $@ $^ $(LIBS)

$(BUILD)/tests/unit/run: $(patsubst %.c,$(BUILD)/%.o,$(UNIT_SOURCES) $(CLI_TESTED) $(SANITIZER_SOURCES)) $(OBJECTS)
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
FUZZ_LINK_world = -Wl,--wrap=clock_mono_ms,--wrap=clock_mono_us,--wrap=clock_wall_ms,--wrap=random_bytes,--wrap=random_u64
FUZZ_LINK_stage = $(FUZZ_LINK_world) -Wl,--wrap=connect,--wrap=pthread_create,--wrap=pthread_join
FUZZ_LINK_tale = $(FUZZ_LINK_world) -Wl,--wrap=connect,--wrap=event_add,--wrap=resolver_start
FUZZ_LINK_admin_calls = $(FUZZ_LINK_world)
FUZZ_LINK_connection = $(FUZZ_LINK_stage)
FUZZ_LINK_ctl = -Wl,--wrap=sleep
FUZZ_LINK_session_api = $(FUZZ_LINK_stage)
FUZZ_LINK_redis_calls = $(FUZZ_LINK_tale)
FUZZ_LINK_redis_net = $(FUZZ_LINK_tale)
# FUZZ_WITHOUT_name is what it has in another form.
FUZZ_WITHOUT_redis_calls = $(BUILD)/backends/redis_lua.o
FUZZ_WITHOUT_redis_net = $(FUZZ_WITHOUT_redis_calls)
$(BUILD)/tests/fuzz/admin_calls: $(patsubst %,$(BUILD)/tests/fuzz/%.o,office world) $(MOODY_STORE:%.c=$(BUILD)/%.o)
$(BUILD)/tests/fuzz/configuration: $(BUILD)/tests/fuzz/files.o
$(BUILD)/tests/fuzz/connection $(BUILD)/tests/fuzz/session_api: \
	$(patsubst %,$(BUILD)/tests/fuzz/%.o,caller play program script stage wallet web_server wire world) $(MOODY_STORE:%.c=$(BUILD)/%.o)
$(BUILD)/tests/fuzz/ctl: $(patsubst %.c,$(BUILD)/%.o,$(filter-out cli/main.c cli/remote.c,$(CLI_SOURCES)))
$(BUILD)/tests/fuzz/redis_calls $(BUILD)/tests/fuzz/redis_net: $(patsubst %,$(BUILD)/tests/fuzz/%.o,asker liar scripts tale timers world)

$(FUZZ_TARGETS:%=$(BUILD)/tests/fuzz/%): %: %.o $(FUZZ_SOURCES:%.c=$(BUILD)/%.o) $(OBJECTS)
	$(call say,LINK,$@)
	$(Q)$(CC) $(CFLAGS) $(LINK) -fsanitize=fuzzer $(FUZZ_LINK_$(@F)) $(LDFLAGS) -o $@ $(filter-out $(FUZZ_WITHOUT_$(@F)),$^) $(LIBS)

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

# Loaded into a program that is measured, so it is nothing of that.
$(TURNS): bench/turns.c | build-packages
	@mkdir -p $(@D)
	$(call say,LINK,$@)
	$(Q)$(CC) $(CFLAGS) $(OURS) -fPIC -shared -Wl,-soname,$(@F) -o $@ $<

$(LOAD): $(LOAD_SOURCES:%.c=$(BUILD)/%.o) $(BASE_SOURCES:%.c=$(BUILD)/%.o)
	$(call say,LINK,$@)
	$(Q)$(CC) $(CFLAGS) $(LINK) $(LDFLAGS) -o $@ $^ -lcrypto -lcjson

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

# The same of a text that goes out as it is, but for what indents it. What its sum is made of, its version is part of.
$(BUILD)/rest/openapi_json.c: rest/openapi.json Makefile
	@mkdir -p $(@D)
	$(call say,JSON,$@)
	$(Q)sed -e 's/^[\t]*//; s/@VERSION@/$(VERSION)/' $< > $@.text
	$(Q){ echo '#include "rest/openapi.h"'; \
		echo "const uint64_t openapi_version = 0x$$(sha256sum < $@.text | cut -c 1-12);"; \
		echo 'const char openapi_text[] ='; \
		sed -e 's/[\\"]/\\&/g; s/.*/"&\\n"/' $@.text; echo ';'; } > $@

$(BUILD)/rest/openapi_json.o: $(BUILD)/rest/openapi_json.c | build-packages
	$(COMPILE)

# In their place where nobody runs them, since sending them would be most of what an input takes: a word each, so that
# they can be told apart.
$(BUILD)/tests/fuzz/scripts.c: Makefile
	@mkdir -p $(@D)
	$(Q)for script in $(notdir $(REDIS_SCRIPTS:.lua=)); do \
		echo "extern const char redis_lua_$$script[]; const char redis_lua_$$script[] = \"$$script\";"; \
	done > $@

$(BUILD)/tests/fuzz/scripts.o: $(BUILD)/tests/fuzz/scripts.c | test-packages
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

compile: compile-suites $(CTL) $(VISITOR) $(PAGE) $(MEASURED) $(LOAD) $(LISTS) $(TURNS)

# What unit, backends and conformance need, which is all that runs with a sanitizer.
compile-suites: test-packages $(PROGRAM) $(MOODY) $(BUILD)/tests/unit/run $(BUILD)/tests/backends/run

headers: $(HEADERS:%=$(BUILD)/headers/%.alone)

unit: test-packages $(BUILD)/tests/unit/run
	$(BUILD)/tests/unit/run

backends-test: test-packages $(BUILD)/tests/backends/run
	$(BUILD)/tests/backends/run

# The suite of tests/backends on each kind of Redis, and the program with them; KIND=cluster: the suite on that alone.
STORES = PYTHONPATH=tests $(PYTHON) -B -m harness.stores
stores: test-packages $(PROGRAM) $(LISTS) $(BUILD)/tests/backends/run-redis
	$(STORES) $(KIND) -- $(BUILD)/tests/backends/run-redis
	SESSIONGATE=$(PROGRAM) LISTS=$(LISTS) $(PYTEST) tests/stores

# Of those, what takes no minute; and cases of conformance with a Redis in the place of the store in memory.
STORES_QUICK = test_away test_bounds test_clock test_cost test_data_lost test_deployments test_doctor test_gateways test_headcount test_leaving test_lost_writes test_lies test_page test_records test_redis test_rush test_tls
STORES_SAME  = test_logins test_user_limits test_workers test_model

stores-test: test-packages $(PROGRAM) $(MOODY) $(LISTS) $(BUILD)/tests/backends/run-redis
	$(STORES) alone -- $(BUILD)/tests/backends/run-redis
	SESSIONGATE=$(PROGRAM) LISTS=$(LISTS) $(STORES) alone -- $(PYTEST) $(STORES_QUICK:%=tests/stores/%.py) $(STORES_SAME:%=tests/conformance/%.py)

# STORE=redis: with a Redis in the place of the store in memory; or another of the kinds of tests/harness/stores.py.
WITH_STORE = $(if $(STORE),$(STORES) $(STORE:redis=alone) -- )

conformance: test-packages $(PROGRAM) $(MOODY)
	SESSIONGATE=$(PROGRAM) $(WITH_STORE)$(PYTEST) $(if $(SANITIZE),-m 'not minute') $(if $(filter thread,$(SANITIZE)),--variants 2) tests/conformance

# The admin API, from outside.
admin-test: test-packages $(PROGRAM) $(MOODY) $(CTL)
	SESSIONGATE=$(PROGRAM) SESSIONCTL=$(CTL) $(PYTEST) tests/admin

# sessionctl, beside a gateway.
cli-test: test-packages $(PROGRAM) $(MOODY) $(CTL)
	SESSIONGATE=$(PROGRAM) SESSIONCTL=$(CTL) $(PYTEST) tests/cli

integration: test-packages $(PROGRAM) $(MOODY) $(PAGE) $(VISITOR) $(MEASURED) $(LOAD) $(TURNS)
	SESSIONGATE=$(PROGRAM) PAGE=$(PAGE) VISITOR=$(VISITOR) BENCH_APPLICATION=$(MEASURED) BENCH_LOAD=$(LOAD) BENCH_TURNS=$(TURNS) $(PYTEST) tests/integration

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

# A million sessions in a store, and pages of lists of them: half a minute in memory, and 1.5 GiB; some minutes in STORE=redis.
bench-lists: $(if $(STORE),test-packages,build-packages) $(LISTS)
	@BENCH_LISTS=$(LISTS) STORE=$(STORE) SESSIONS=$(SESSIONS) PYTHONPATH=tests $(PYTHON) -B -m bench lists

# A million sessions behind the admin API, in both stores or in STORE=memory or redis: a few minutes.
bench-admin: bench-packages $(PROGRAM) $(MEASURED) $(LOAD) $(LISTS) $(TURNS)
	@SESSIONGATE=$(PROGRAM) BENCH_APPLICATION=$(MEASURED) BENCH_LOAD=$(LOAD) BENCH_LISTS=$(LISTS) BENCH_TURNS=$(TURNS) \
		STORE=$(STORE) SESSIONS=$(SESSIONS) PYTHONPATH=tests $(PYTHON) -B -m bench admin

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

# How far the static analyzer follows the paths of a function; its own 225000 take four times as long.
ANALYZER_NODES ?= 60000
ANALYZER = $(patsubst %,--extra-arg=%,-Xclang -analyzer-config -Xclang max-nodes=$(ANALYZER_NODES))

# A stamp for each source in which clang-tidy finds nothing, made anew when that or one of its headers changes.
$(BUILD)/%.tidy: %.c .clang-tidy | test-packages
	@mkdir -p $(@D)
	$(call say,TIDY,$<)
	$(Q)clang-tidy --quiet $(ANALYZER) $< -- $(filter-out -MMD -MP,$(OURS)) -DSG_VERSION='"$(VERSION)"' 2>$@.log || { cat $@.log; exit 1; }
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

install: $(PROGRAM) $(CTL)
	install -d $(DESTDIR)$(PREFIX)/bin $(DESTDIR)$(PREFIX)/share/doc/sessiongate
	install -m 755 $(PROGRAM) $(CTL) $(DESTDIR)$(PREFIX)/bin
	install -D -m 644 docs/sessionctl.1 $(DESTDIR)$(PREFIX)/share/man/man1/sessionctl.1
	install -D -m 644 docs/sessiongate.8 $(DESTDIR)$(PREFIX)/share/man/man8/sessiongate.8
	install -D -m 644 cli/completion/sessionctl.bash $(DESTDIR)$(PREFIX)/share/bash-completion/completions/sessionctl
	install -D -m 644 cli/completion/_sessionctl $(DESTDIR)$(PREFIX)/share/zsh/site-functions/_sessionctl
	umask 022; for file in $(ADAPTER_FILES:$(ADAPTER)/%=%); do \
		install -D -m 644 $(ADAPTER)/$$file $(DESTDIR)$(PREFIX)/share/sessiongate/php/$$file || exit 1; done
	install -m 644 README.md CHANGELOG.md LICENSE $(wildcard docs/*.md) $(DESTDIR)$(PREFIX)/share/doc/sessiongate

clean:
	rm -rf build

help:
	@echo 'make                 build/sessiongate, and build/sessionctl'
	@echo 'make run             the demonstration: nginx, sessiongate, PHP and C on loopback, until Ctrl-C'
	@echo 'make run STORE=redis the same with two gateways that share sessions in a Redis'
	@echo 'make test            everything; with SANITIZE=address,undefined or SANITIZE=thread'
	@echo '                     unit, backends-test and conformance, built with that sanitizer'
	@echo 'make unit backends-test conformance admin-test cli-test integration   one suite; SANITIZE= too'
	@echo 'make bench           figures: what the gateway costs beside nginx; see bench/README.md'
	@echo 'make bench-php       figures: PHP with the adapter beside phpredis and files'
	@echo 'make stores          the stores'"'"' suite on each kind of Redis, and the program with them; KIND=cluster: on one'
	@echo 'make bench-faults    which requests fail while something happens to Redis; BENCH_FAULT=Sentinel: only those'
	@echo 'make bench-limits    figures: what it keeps under load'
	@echo 'make bench-admin     figures: the admin API with SESSIONS=1000000, and workers meanwhile; STORE=memory or redis'
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

.PHONY: admin-test all backends-test bench bench-admin bench-faults bench-limits bench-lists bench-php bench-packages build-packages clean cli-test compile compile-suites conformance cppcheck deps docs docs-check \
        format format-check fuzz fuzz-long fuzz-merge fuzz-programs headers help image-packages install integration lint mutations php-src-sessions run run-packages shared-packages stores stores-test test test-image test-packages tidy unit
