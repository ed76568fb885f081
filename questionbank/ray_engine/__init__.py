"""Grading on many processes and machines: Ray Data hands rows to actors that hold the model.

`cluster` starts or joins a cluster, `feed` holds the rows that are on their way, `worker` grades
them, `engine` runs it all and brings the lines back in order. Nothing else imports Ray.
"""
