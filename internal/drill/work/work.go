// Package work names the kinds of work that the rehearsal's origin does, and what each costs it. Readers ask for them, attack orders
// are sorted into them, and the origin spends their cost: one table for all three.
package work

import "time"

// Kind is a kind of dynamic page.
type Kind uint8

// The kinds.
const (
	Page   Kind = iota // front page, article, listing
	Search             // anything whose answer depends on a word that was typed
	Form               // login, contact, newsletter: anything posted
)

// Kinds returns every kind in order.
func Kinds() []Kind { return []Kind{Page, Search, Form} }

// String returns the name used in the report.
func (k Kind) String() string { return [...]string{"page", "search", "form"}[k] }

// Cost is how long one of the origin's workers is busy with it.
func (k Kind) Cost() time.Duration {
	return [...]time.Duration{5 * time.Millisecond, 120 * time.Millisecond, 200 * time.Millisecond}[k]
}
