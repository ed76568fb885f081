"""Grading on many processes and machines: Ray Data hands rows to actors that hold the model.

`cluster` starts or joins a cluster, `worker` grades rows, `tally` counts how often it was tried,
`engine` runs it all and brings the lines back in order. Nothing else imports Ray.
"""
