/**
 * AWS Bedrock's Converse: its requests, answers, binary event streams, errors and signatures.
 * Nothing here opens a socket.
 */
@NullMarked
package dev.sluice.providers.bedrock;

import org.jspecify.annotations.NullMarked;
