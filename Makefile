# sessiongate: see README.md. `make help` lists the targets.
#
# CFLAGS, LDFLAGS, DESTDIR and PREFIX are the user's; what the project needs is added to them.
# SANITIZE=address,undefined builds everything with those sanitizers, in a tree of its own.

CC       ?= gcc
PYTHON   ?= /usr/bin/python3
PREFIX   ?= /usr/local
DESTDIR  ?=
CFLAGS   ?= -O2 -g
WERROR   ?= -Werror

empty :=
space := $(empty) $(empty)
comma := ,
BUILD := build$(if $(SANITIZE),/$(subst $(comma),-,$(SANITIZE)))$(if $(filter clang,$(notdir $(CC))),/clang)

WARNINGS = -Wall -Wextra -Wconversion -Wshadow -Wstrict-prototypes -Wmissing-prototypes -Wvla $(WERROR)
OURS     = -std=gnu11 -D_GNU_SOURCE -I. -fno-common -fstack-protector-strong $(WARNINGS) -MMD -MP \
           $(if $(SANITIZE),-fsanitize=$(SANITIZE) -fno-sanitize-recover=all -fno-omit-frame-pointer)
LINK     = $(if $(SANITIZE),-fsanitize=$(SANITIZE)) -pthread
LIBS     = -levent_core -levent_pthreads -lyaml -lcrypto

BASE_SOURCES = \
	base/arena.c \
	base/base64url.c \
	base/buffer.c \
	base/clock.c \
	base/error.c \
	base/line.c \
	base/log.c \
	base/percent.c \
	base/random.c \
	base/slice.c

SESSION_SOURCES = \
	session/delta.c \
	session/session.c \
	session/token.c \
	session/value.c

BACKENDS_SOURCES = \
	backends/backend.c \
	backends/memory.c

GATEWAY_SOURCES = \
	gateway/pairs.c

SOURCES = $(BASE_SOURCES) $(SESSION_SOURCES) $(BACKENDS_SOURCES) $(GATEWAY_SOURCES)
MAIN    = gateway/main.c

UNIT_SOURCES = \
	tests/unit/base/percent.c

BACKENDS_TESTS = \
	tests/backends/suite.c

OBJECTS  = $(SOURCES:%.c=$(BUILD)/%.o)
PROGRAM  = $(BUILD)/sessiongate

all: $(PROGRAM)

$(PROGRAM): $(BUILD)/$(MAIN:.c=.o) $(OBJECTS)
	$(CC) $(CFLAGS) $(LINK) $(LDFLAGS) -o $@ $^ $(LIBS)

$(BUILD)/tests/unit/run: $(UNIT_SOURCES:%.c=$(BUILD)/%.o) $(OBJECTS)
	$(CC) $(CFLAGS) $(LINK) $(LDFLAGS) -o $@ $^ $(LIBS) -lcriterion

$(BUILD)/tests/backends/run: $(BACKENDS_TESTS:%.c=$(BUILD)/%.o) $(OBJECTS)
	$(CC) $(CFLAGS) $(LINK) $(LDFLAGS) -o $@ $^ $(LIBS) -lcriterion

$(BUILD)/%.o: %.c
	@mkdir -p $(@D)
	$(CC) $(OURS) $(CFLAGS) -pthread -c -o $@ $<

unit: $(BUILD)/tests/unit/run
	$(BUILD)/tests/unit/run

backends-test: $(BUILD)/tests/backends/run
	$(BUILD)/tests/backends/run

clean:
	rm -rf build

-include $(shell find $(BUILD) -name '*.d' 2>/dev/null)

.PHONY: all unit backends-test clean
