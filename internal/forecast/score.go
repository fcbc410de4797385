package forecast

import "math"

// Bounds of a probability in the log score, so that one forecast that was sure and wrong does not outweigh all others.
const (
	logLow  = 0.01
	logHigh = 0.99
)

// Bins is how many bins of equal width calibration is looked at in: [0,0.1) … [0.9,1].
const Bins = 10

// brierOf returns (p−y)².
func brierOf(p float64, happened bool) float64 {
	if happened {
		p = 1 - p
	}
	return p * p
}

// logOf returns −ln of the probability given to what came.
func logOf(p float64, happened bool) float64 {
	p = min(max(p, logLow), logHigh)
	if !happened {
		p = 1 - p
	}
	return -math.Log(p)
}

// binOf returns the bin of a probability.
func binOf(p float64) int { return min(int(p*Bins), Bins-1) }

// Bin is the forecasts of one tenth of the probabilities and what came of them.
type Bin struct {
	From  float64 `json:"from"`
	To    float64 `json:"to"`
	N     int     `json:"n"`
	MeanP float64 `json:"mean_p"`
	Share float64 `json:"share"` // of events
	Low   float64 `json:"low"`   // of the 90 % Wilson interval of the share, as if the forecasts were independent
	High  float64 `json:"high"`
}

// Murphy is the Brier score taken apart (Murphy 1973): it is Reliability − Resolution + Uncertainty + WithinBin. The first three are what the
// score would be if every forecast of a bin were the bin's mean; WithinBin is what the spread inside the bins adds (Stephenson et al. 2008).
type Murphy struct {
	Reliability float64 `json:"reliability"`
	Resolution  float64 `json:"resolution"`
	Uncertainty float64 `json:"uncertainty"`
	WithinBin   float64 `json:"within_bin"`
}

// Calibration is how far the probabilities say what happens.
type Calibration struct {
	Error  float64 // Σ n_b/n · |mean p − share of events| over the bins
	Murphy Murphy
	Bins   []Bin // all of them, empty ones too
}

// calibrate returns the calibration of forecasts; p and happened have the same length.
func calibrate(p []float64, happened []bool) Calibration {
	c := Calibration{Bins: make([]Bin, Bins)}
	for b := range c.Bins {
		c.Bins[b].From, c.Bins[b].To = float64(b)/Bins, float64(b+1)/Bins
	}
	events := 0.0
	for i := range p {
		b := &c.Bins[binOf(p[i])]
		b.N++
		b.MeanP += p[i]
		if happened[i] {
			b.Share++
			events++
		}
	}
	n := float64(len(p))
	if n == 0 {
		return c
	}
	base := events / n
	c.Murphy.Uncertainty = base * (1 - base)
	for i := range c.Bins {
		b := &c.Bins[i]
		if b.N == 0 {
			continue
		}
		in := float64(b.N)
		b.MeanP, b.Share = b.MeanP/in, b.Share/in
		b.Low, b.High = wilson(b.Share, in)
		c.Error += in / n * math.Abs(b.MeanP-b.Share)
		c.Murphy.Reliability += in / n * square(b.MeanP-b.Share)
		c.Murphy.Resolution += in / n * square(b.Share-base)
	}
	c.Murphy.WithinBin = withinBins(p, happened, c.Bins)
	return c
}

// withinBins returns the variance of p inside the bins less twice its covariance with the outcome there.
func withinBins(p []float64, happened []bool, bins []Bin) float64 {
	sum := 0.0
	for i := range p {
		b := bins[binOf(p[i])]
		y := 0.0
		if happened[i] {
			y = 1
		}
		d := p[i] - b.MeanP
		sum += d*d - 2*d*(y-b.Share)
	}
	return sum / float64(len(p))
}

// z90 is the standard normal quantile of 0.95: 90 % lie within ± that.
const z90 = 1.6448536269514722

// wilson returns the 90 % interval of a share seen in n trials (Wilson 1927).
func wilson(share, n float64) (low, high float64) {
	z2 := z90 * z90
	middle := (share + z2/(2*n)) / (1 + z2/n)
	half := z90 / (1 + z2/n) * math.Sqrt(share*(1-share)/n+z2/(4*n*n))
	return max(0, middle-half), min(1, middle+half)
}

func square(x float64) float64 { return x * x }
