@NullMarked
package dev.runnel.testkit.world;

import org.jspecify.annotations.NullMarked;
