/* block.h - memory for arenas and buffers, in sizes that fit again: lent, given back, lent anew.
 * What is given back is kept for the thread's next borrower, up to a bound; so a request in steady
 * state asks malloc for nothing, and freed memory does not scatter.
 * Owner    the borrower, until block_return(). The content is whatever it was: who held secrets wipes.
 * Thread   any; a block may be returned on another thread than the one that borrowed it. What a
 *          thread keeps is freed when it ends. */
#ifndef SG_BLOCK_H
#define SG_BLOCK_H

#include <stdbool.h>
#include <stddef.h>
#include <stdint.h>

/* At least *bytes; how many it is comes back in *bytes, and must be said when it is returned. NULL when
 * there is no memory; *bytes is then untouched. */
void *block_borrow(size_t *bytes);
/* NULL is fine. */
void block_return(void *block, size_t bytes);

/* All that the process's arenas and buffers hold at this moment, with what threads keep for the next. */
uint64_t block_bytes(void);
/* The most that they held since this was last asked. For one thread that asks. */
uint64_t block_peak(void);

/* So many bytes may be lent in the whole process; 0, as at the start: any. Large blocks, over
 * BLOCK_SHARE_BYTES, are then refused; small ones go on for BLOCK_RESERVE_BYTES more, so that there
 * is always enough to say no. */
enum { BLOCK_SHARE_BYTES = 16 * 1024, BLOCK_RESERVE_BYTES = 16 * 1024 * 1024 };
void block_limit(uint64_t bytes);
/* More than three quarters are lent: who holds more than BLOCK_SHARE_BYTES must do with less, so that
 * those who need little can go on. */
bool block_scarce(void);
/* All is lent: nothing new should begin. */
bool block_spent(void);

#endif
