/* records.c - see records.h. */
#include "tests/unit/gateway/records.h"

#include <criterion/criterion.h>

/* One whole record. */
static void records_take(struct records *r, const struct fcgi_fragment *f, uint8_t type)
{
	cr_assert(f->first && f->last, "the input was whole");
	cr_assert(!r->ended, "type %u behind END_REQUEST", f->record.type);
	if (f->record.type == FCGI_END_REQUEST) {
		cr_assert_eq(f->bytes.len, 8);
		r->ended = true;
		r->protocol_status = (uint8_t)f->bytes.ptr[4];
		return;
	}
	cr_assert_eq(f->record.type, type);
	cr_assert_eq(r->empties, 0, "a record behind the stream's end");
	r->count += f->bytes.len > 0;
	r->empties += f->bytes.len == 0;
	if (f->bytes.len > r->longest)
		r->longest = f->bytes.len;
	cr_assert_eq(buffer_append_slice(&r->stream, f->bytes), 0);
}

void records_read(struct records *r, struct slice bytes, uint8_t type, uint16_t id)
{
	struct fcgi_decoder d = { 0 };
	struct fcgi_fragment f;
	enum fcgi_step step;

	*r = (struct records){ 0 };
	while ((step = fcgi_decode(&d, &bytes, &f)) == FCGI_FRAGMENT) {
		cr_assert_eq(f.record.id, id);
		records_take(r, &f, type);
	}
	cr_assert_eq(step, FCGI_MORE);
	cr_assert(!fcgi_mid_record(&d), "the last record is not whole");
}

void records_fini(struct records *r)
{
	buffer_fini(&r->stream);
}
