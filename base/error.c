/* error.c - see error.h. */
#include "base/error.h"

const char *error_text(int code)
{
	switch (code) {
	case 0:
		return "success";
#define SG_ERROR_TEXT(name, value, text) \
	case name:                       \
		return text;
		SG_ERRORS(SG_ERROR_TEXT)
#undef SG_ERROR_TEXT
	default:
		return "unknown error";
	}
}
