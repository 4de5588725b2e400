/* version.h - which release this is; the Makefile says. */
#ifndef SG_VERSION_H
#define SG_VERSION_H

#ifndef SG_VERSION
#define SG_VERSION "development"
#endif

#endif
