declare const brand: unique symbol

/** A type that only its own constructor makes: an item's number is never taken for a user's. */
export type Branded<T, Name extends string> = T & { readonly [brand]: Name }
