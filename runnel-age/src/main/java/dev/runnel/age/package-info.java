/**
 * Encryption with age: a store that encrypts what it is given for recipients, and decrypts what identities open.
 */
@NullMarked
package dev.runnel.age;

import org.jspecify.annotations.NullMarked;
