/**
 * The routing laboratory: deployments with queues, gateways and real arrivals in virtual time, to
 * judge routing strategies by. What decides and what is known of the fleet is production code.
 */
@NullMarked
package dev.sluice.standalone.lab;

import org.jspecify.annotations.NullMarked;
