@NullMarked
package dev.runnel.testkit.storage;

import org.jspecify.annotations.NullMarked;
