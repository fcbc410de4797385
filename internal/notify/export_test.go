package notify

import "time"

// SetTimes shortens the pause after a first failure, and the time that what is under way has at the end.
func (o *Options) SetTimes(pause, grace time.Duration) { o.pause, o.grace = pause, grace }
