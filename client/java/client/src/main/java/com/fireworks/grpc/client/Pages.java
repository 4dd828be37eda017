package com.fireworks.grpc.client;

import java.util.function.Supplier;
import java.util.stream.Stream;
import java.util.stream.StreamSupport;

/**
 * The items of a list method, over all its pages. A page is asked for when its first item is; each
 * {@link #iterator} begins anew. Failures are thrown as {@link FireworksException} where the page
 * is asked for.
 */
public final class Pages<T> implements Iterable<T> {
  private final Supplier<PageIterator<T>> iterators;

  Pages(Supplier<PageIterator<T>> iterators) {
    this.iterators = iterators;
  }

  @Override
  public PageIterator<T> iterator() {
    return iterators.get();
  }

  /** The same, in order. */
  public Stream<T> stream() {
    return StreamSupport.stream(spliterator(), false);
  }
}
