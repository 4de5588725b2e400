/* block.h - memory for arenas and buffers, in sizes that fit again: lent, given back, lent anew.
 * What is given back is kept for the thread's next borrower, up to a bound; so a request in steady
 * state asks malloc for nothing, and freed memory does not scatter.
 * Owner    the borrower, until block_return(). The content is whatever it was: who held secrets wipes.
 * Thread   any; a block may be returned on another thread than the one that borrowed it. What a
 *          thread keeps is freed when it ends. */
#ifndef SG_BLOCK_H
#define SG_BLOCK_H

#include <stddef.h>
#include <stdint.h>

/* At least *bytes; how many it is comes back in *bytes, and must be said when it is returned. NULL when
 * there is no memory; *bytes is then untouched. */
void *block_borrow(size_t *bytes);
/* NULL is fine. */
void block_return(void *block, size_t bytes);

/* All that the process's arenas and buffers hold at this moment, with what threads keep for the next. */
uint64_t block_bytes(void);

#endif
