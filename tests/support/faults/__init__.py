"""Small runs of every pipeline that are killed, or run out of disk, and are started again; what they made is compared
with what an unbroken run makes."""
