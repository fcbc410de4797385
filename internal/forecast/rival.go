package forecast

import (
	"math"
	"time"
)

// plainFeatures are those of the rival: a plain logistic regression on raw features, against which any other model has to show what it is
// worth.
func plainFeatures(s *state, c *series) []float64 {
	g := float64(c.gap())
	weekend := 0.0
	if d := s.today.Weekday(); d == time.Friday || d == time.Saturday || d == time.Sunday {
		weekend = 1
	}
	return []float64{
		1,
		logit(s.reference(c)),
		float64(c.listedIn(0, 0)),
		math.Log1p(float64(c.listedIn(2, 0))),
		math.Log1p(float64(c.listedIn(6, 0))),
		math.Log1p(float64(c.listedIn(29, 7))),
		math.Log1p(float64(c.listedIn(89, 30))),
		math.Exp(-g / 3), math.Exp(-g / 14), math.Exp(-g / 60),
		weekend,
	}
}
