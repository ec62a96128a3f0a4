/** Whether a call fits into what limits its caller; in LiteLLM's words. */
@NullMarked
package dev.sluice.ingress.admission;

import org.jspecify.annotations.NullMarked;
