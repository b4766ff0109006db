/**
 * What the tests of several packages share: applications in processes of their own, time by hand, seeds.
 */
@NullMarked
package dev.runnel.testing;

import org.jspecify.annotations.NullMarked;
