package com.fireworks.grpc.client;

import static org.junit.jupiter.api.Assertions.assertEquals;
import static org.junit.jupiter.api.Assertions.assertFalse;
import static org.junit.jupiter.api.Assertions.assertThrows;
import static org.junit.jupiter.api.Assertions.assertTrue;

import org.junit.jupiter.params.ParameterizedTest;
import org.junit.jupiter.params.provider.ValueSource;

class HostPortTest {
  @ParameterizedTest
  @ValueSource(strings = {"localhost:1", "LOCALHOST:65535", "127.0.0.1:50051", "127.1.2.3:80"})
  void namesAndAddressesOfLoopback(String text) {
    assertTrue(HostPort.parse(text).isLoopback());
    assertEquals(text, HostPort.parse(text).authority());
  }

  @ParameterizedTest
  @ValueSource(strings = {"[::1]:50051", "[0:0:0:0:0:0:0:1]:50051"})
  void loopbackOfVersionSix(String text) {
    assertTrue(HostPort.parse(text).isLoopback());
    assertEquals(text, HostPort.parse(text).authority());
  }

  @ParameterizedTest
  @ValueSource(
      strings = {
        "example.com:1",
        "localhost.example.com:1",
        "10.0.0.1:1",
        "127.evil.com:1",
        "[2001:db8::1]:1"
      })
  void othersAreNotLoopback(String text) {
    assertFalse(HostPort.parse(text).isLoopback());
  }

  @ParameterizedTest
  @ValueSource(
      strings = {
        "",
        "localhost",
        ":1",
        "localhost:",
        "localhost:0",
        "localhost:65536",
        "::1:1",
        "a/b:1"
      })
  void whatIsNoHostAndPort(String text) {
    assertThrows(IllegalArgumentException.class, () -> HostPort.parse(text));
  }
}
