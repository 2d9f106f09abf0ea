// Package house holds the rules of the house as tests, each with its reason in the message. It has no code of its own and never will.
package house
