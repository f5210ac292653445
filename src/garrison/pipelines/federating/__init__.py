"""The federated pipeline: each network trained in each way, and what each way of training gives away."""
