// Package forecast says how likely it is that hosts of a country are listed in the days to come, and how well that was said before.
//
// A [Log] gathers lists into a [History]; [Backtest] fits a model to the days before a date and scores what it would have said on later days,
// each day knowing the lists up to that day and nothing later. The definition is E1-country-v1.
package forecast
