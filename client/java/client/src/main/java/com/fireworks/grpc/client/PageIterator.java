package com.fireworks.grpc.client;

import java.util.Collections;
import java.util.Iterator;
import java.util.NoSuchElementException;
import java.util.function.Function;

/** Goes through the items of a list method, page by page. */
public final class PageIterator<T> implements Iterator<T> {
  /** One page, and how to get the next one. */
  static final class Page<T> {
    final Iterator<? extends T> items;
    final CallMetadata metadata;
    // Empty: this is the last.
    final String next;

    Page(Iterator<? extends T> items, CallMetadata metadata, String next) {
      this.items = items;
      this.metadata = metadata;
      this.next = next;
    }
  }

  private final Function<String, Page<T>> pageOf;
  private Iterator<? extends T> items = Collections.emptyIterator();
  private CallMetadata metadata;
  // Null: nothing has been asked for.
  private String next;

  PageIterator(Function<String, Page<T>> pageOf) {
    this.pageOf = pageOf;
  }

  @Override
  public boolean hasNext() {
    // A page may be empty and yet not be the last.
    while (!items.hasNext() && (next == null || !next.isEmpty())) {
      Page<T> page = pageOf.apply(next == null ? "" : next);
      if (!page.next.isEmpty() && page.next.equals(next)) {
        throw new IllegalStateException("the list goes round: it answers the token it was given");
      }
      items = page.items;
      metadata = page.metadata;
      next = page.next;
    }
    return items.hasNext();
  }

  @Override
  public T next() {
    if (!hasNext()) {
      throw new NoSuchElementException("the list has ended");
    }
    return items.next();
  }

  /** What the service told beside the newest page. Null before the first. */
  public CallMetadata getMetadata() {
    return metadata;
  }
}
