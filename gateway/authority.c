/* authority.c - see authority.h. */
#include "gateway/authority.h"

enum { AUTHORITY_PORT_MAX = 65535 };

/* Up to the colon before the port; those between brackets are of an address. */
static size_t authority_name_bytes(struct slice text)
{
	size_t name = 0;

	if (text.len > 0 && text.ptr[0] == '[')
		while (name < text.len && text.ptr[name] != ']')
			name++;
	while (name < text.len && text.ptr[name] != ':')
		name++;
	return name;
}

struct slice authority_host(struct slice text)
{
	text.len = authority_name_bytes(text);
	if (text.len > 1 && text.ptr[text.len - 1] == '.')
		text.len--;
	return text;
}

unsigned authority_port(struct slice text, unsigned none_said)
{
	struct slice port = slice_after(text, authority_name_bytes(text));
	uint64_t number;

	if (port.len <= 1) /* nothing, or a colon alone */
		return none_said;
	return slice_number(slice_after(port, 1), AUTHORITY_PORT_MAX, &number) ? (unsigned)number
									       : 0;
}
