/** The contract test of object stores, and stores that count calls or inject faults. */
@NullMarked
package dev.runnel.testkit.storage;

import org.jspecify.annotations.NullMarked;
