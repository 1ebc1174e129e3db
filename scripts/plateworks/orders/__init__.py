"""What is a job told?"""
