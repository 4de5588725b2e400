/* user.c - what can be somebody's name. */
#include "session/user.h"

/* The code point at the front of valid UTF-8; *s moves behind it. */
static uint32_t take_code_point(struct slice *s)
{
	uint8_t lead = (uint8_t)s->ptr[0];
	size_t len = lead < 0x80 ? 1 : lead < 0xe0 ? 2 : lead < 0xf0 ? 3 : 4;
	uint32_t point = len == 1 ? lead : lead & (0x7fu >> len);

	for (size_t i = 1; i < len; i++)
		point = point << 6 | ((uint8_t)s->ptr[i] & 0x3f);
	*s = slice_after(*s, len);
	return point;
}

/* Unicode's general category Cc. */
static bool is_control(uint32_t point)
{
	return point < 0x20 || (point >= 0x7f && point < 0xa0);
}

/* Unicode's White_Space and what looks like nothing at all; controls are refused already. */
static bool is_space(uint32_t point)
{
	return point == ' ' || point == 0xa0 || point == 0x1680 ||
	       (point >= 0x2000 && point <= 0x200b) || point == 0x2028 || point == 0x2029 ||
	       point == 0x202f || point == 0x205f || point == 0x3000 || point == 0xfeff;
}

bool user_is_name(struct slice text)
{
	uint32_t point;

	if (text.len == 0 || text.len > SESSION_USER_BYTES || !slice_is_utf8(text))
		return false;
	point = take_code_point(&text);
	if (is_space(point))
		return false;
	while (!is_control(point) && text.len > 0)
		point = take_code_point(&text);
	return !is_control(point) && !is_space(point);
}
