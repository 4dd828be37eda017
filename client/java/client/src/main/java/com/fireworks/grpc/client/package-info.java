/**
 * Calls the Fireworks AI platform through fireworks-grpc.
 *
 * <p>{@link com.fireworks.grpc.client.FireworksClient} is where to begin. Messages and stubs are in
 * {@code com.fireworks.grpc.inference.v1} and {@code com.fireworks.grpc.gateway.v1}.
 */
package com.fireworks.grpc.client;
