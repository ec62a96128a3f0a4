/**
 * Files and batches: durable jobs whose lines travel over Kafka. Nothing is built yet: the ingress
 * answers 501 on {@code /v1/files} and {@code /v1/batches}, and the command line says so.
 */
@NullMarked
package dev.sluice.batch;

import org.jspecify.annotations.NullMarked;
