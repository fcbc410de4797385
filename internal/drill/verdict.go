package drill

import "fmt"

// The marks that the acts must meet, as shares of readers' page views, and the generator, in milliseconds.
const (
	MarkPeace   = 0.99 // act one: at least
	MarkBare    = 0.60 // act two: less than
	MarkSeawall = 0.90 // act three: at least
	MarkLateMs  = 200  // at most
)

// Verdict is what a rehearsal says about Seawall.
type Verdict uint8

// The verdicts.
const (
	Held  Verdict = iota // readers were served through the flood
	Short                // they were not
	Unfit                // the rehearsal says nothing either way
)

// Verdict judges the report and gives the reason in one sentence.
func (r *Report) Verdict() (Verdict, string) {
	if len(r.Acts) != len(acts) {
		return Unfit, "The rehearsal was not played to its end."
	}
	peace, bare, wall := r.Acts[0].Readers, r.Acts[1].Readers, r.Acts[2].Readers
	switch {
	case r.Generator.LateP99Ms > MarkLateMs:
		return Unfit, fmt.Sprintf("The rehearsal is unfit: this machine was too busy to play it, "+
			"one send in a hundred was more than %d ms late (%d ms are allowed).", r.Generator.LateP99Ms, MarkLateMs)
	case peace.Share < MarkPeace:
		return Unfit, fmt.Sprintf("The rehearsal is unfit: even without a flood only %s of page views were served (%s are needed).",
			percent(peace.Share), percent(MarkPeace))
	case bare.Share >= MarkBare:
		return Unfit, fmt.Sprintf("The rehearsal is unfit: this flood did not take the bare site down, %s of page views "+
			"were still served (it counts below %s).", percent(bare.Share), percent(MarkBare))
	case wall.Share < MarkSeawall:
		return Short, fmt.Sprintf("Seawall fell short: the flood took the bare site down to %s of page views, and behind "+
			"Seawall only %s were served (%s are needed).", percent(bare.Share), percent(wall.Share), percent(MarkSeawall))
	default:
		return Held, fmt.Sprintf("The flood took the bare site down to %s of page views served; behind Seawall, started "+
			"cold in the same flood, readers got %s.", percent(bare.Share), percent(wall.Share))
	}
}

// percent writes a share in tenths of a percent, never rounded up to a mark that was missed.
func percent(share float64) string {
	return fmt.Sprintf("%.1f %%", float64(int(share*1000+1e-9))/10)
}
